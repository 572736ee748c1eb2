export { registrarRoutes } from './routes.js';
