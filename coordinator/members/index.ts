export { MemberRegister } from './member-register.js';
export { Membership } from './membership.js';
export { coordinatorRemoved } from './removed.js';
export { settingsForOther } from './settings-for-others.js';
export type { SettingForOther } from './settings-for-others.js';
export type { Member } from './member.js';
export type { MemberPlace, PlacedMember } from './member-place.js';
