export { Channel } from './channel.js';
export type { ChannelOptions } from './channel.js';
export type {
  Authorize,
  CallContext,
  CallFailure,
  CallMetadata,
  CallRequest,
  EndedCall,
  Permit,
} from './call-context.js';
export type { CallAudit, CallRecord } from './call-audit.js';
export { ConnectionCaps } from './connection-caps.js';
export type { ConnectionLimits } from './connection-caps.js';
export { hideUnforeseen } from './unforeseen.js';
export type { LocalAdmission, LocalCallOptions, LocalCalls } from './local-calls.js';
export { secureContextOf } from './secure-context.js';
export { createClient } from './client.js';
export type { Client, ClientMethod } from './client.js';
export type { BidiCall, CallOptions } from './client-call.js';
export { encodeMessage, methodPath } from './definition.js';
export type { Encoded, Outgoing } from './definition.js';
export { reading } from './implementation.js';
export type { MethodHandler, ServiceImplementation, WriterHandler } from './implementation.js';
export { HANDED_OUTCOMES } from './carry-call.js';
export type { HandedOutcome } from './carry-call.js';
export { handOnTo } from './hand-on-to.js';
export type { HandingOn } from './hand-on-to.js';
export type { HandedConnection } from './handed-connection.js';
export type { HandOn } from './hand-on.js';
export { HealthRegistry, addHealth } from './health.js';
export type { ServingStatus } from './health.js';
export { digestOfKey } from './pinned.js';
export { addReflection } from './reflection.js';
export type { CoordinatorOf } from './on-behalf.js';
export { RpcServer } from './server.js';
export type { RpcServerOptions } from './server.js';
export type { StreamWriter } from './stream-writer.js';
export type {
  CertificateSource,
  Certificates,
  ChannelSecurity,
  RefusedConnection,
  ServerSecurity,
  ServerTrust,
} from './security.js';
