// `node --import` of this file runs TypeScript as the compiler writes it. tsx gives every inner function its name at run
// time, which makes hot code three times as slow as the compiled product.
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
