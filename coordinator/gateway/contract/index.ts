export { contractRoutes, contractSchemas } from './routes.js';
