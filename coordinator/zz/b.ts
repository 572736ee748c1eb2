import type { C } from './c.js'; import * as grpc from '@grpc/grpc-js'; import { x } from './nope.js'; import * as nats from 'nats'; export interface B { c: C }; export const q=[grpc, x,nats]
