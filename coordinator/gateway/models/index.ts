export { modelRoutes } from './routes.js';
