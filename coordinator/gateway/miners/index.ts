export { minerRoutes } from './routes.js';
