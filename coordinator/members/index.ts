export { MemberRegister } from './member-register.js';
export type { Member } from './member.js';
export type { MemberPlace, PlacedMember } from './member-place.js';
