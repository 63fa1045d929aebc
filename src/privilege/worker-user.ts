/** Which user the workers run as: names and numbers become ids. Decides only; the accounts are asked through a seam. */
import { ReuseportError } from '../errors.js';
import type { AccountAddon, GroupAccount, UserAccount } from '../native/account-addon.js';

export interface Identity {
  uid: number;
  gid: number;
  /** Supplementary groups. */
  groups: readonly number[];
}

/** Another user than the master's, or the same one with other groups. */
export interface WorkerUser extends Identity {
  /** For messages: the name, or the number of a user without one. */
  title: string;
  /** null for a number that the system has no account for. */
  account: UserAccount | null;
}

/** What was asked for, each with where it comes from. */
export interface Wish {
  user: string | undefined;
  userSource: string;
  group: string | undefined;
  groupSource: string;
}

/** Whose rights the master has: effective ids, because those make its sockets. */
export interface MasterIds {
  uid: number;
  gid: number;
}

/**
 * null when the workers run as the master does: nothing was asked for, or just that.
 * @throws ReuseportError ERR_CONFIG_INVALID for a user or group that does not exist; ERR_USER_DENIED for another one than
 *   the master's, when that is not root; SystemError when the accounts cannot be read.
 */
export function resolveWorkerUser(wish: Wish, accounts: AccountAddon, master: MasterIds): WorkerUser | null {
  if (wish.user === undefined && wish.group === undefined) return null;
  const { uid, account } = findUser(wish, accounts, master);
  const gid = findGroup(wish, accounts) ?? account?.gid;
  if (gid === undefined) throw groupless(uid, wish.userSource);
  const title = account?.name ?? String(uid);
  if (uid === master.uid && (wish.group === undefined || gid === master.gid)) return null;
  if (master.uid !== 0) throw denied(wish, uid, master, accounts);
  const groups = account === null ? [gid] : accounts.groupsOfUser(account.name, gid);
  return { uid, gid, groups, title, account };
}

function findUser({ user, userSource }: Wish, accounts: AccountAddon, master: MasterIds) {
  if (user === undefined) return { uid: master.uid, account: accounts.findUser(master.uid) };
  // As chown(1): a name of digits comes before a number.
  const named = accounts.findUser(user);
  if (named !== null) return { uid: named.uid, account: named };
  const uid = idIn(user);
  if (uid === null) throw unknown('user', user, userSource);
  return { uid, account: accounts.findUser(uid) };
}

function findGroup({ group, groupSource }: Wish, accounts: AccountAddon): number | null {
  if (group === undefined) return null;
  const named: GroupAccount | null = accounts.findGroup(group);
  const gid = named?.gid ?? idIn(group);
  if (gid === null) throw unknown('group', group, groupSource);
  return gid;
}

function idIn(text: string): number | null {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 - 1 ? Number(text) : null;
}

function groupless(uid: number, source: string): ReuseportError {
  const why = `user: ${uid} has no account on this system, so its group is not known: give --group (${source})`;
  return new ReuseportError('ERR_CONFIG_INVALID', why, { fields: { uid } });
}

function unknown(kind: 'user' | 'group', text: string, source: string): ReuseportError {
  const why = `${kind}: there is no ${kind} ${JSON.stringify(text)} on this system (${source})`;
  return new ReuseportError('ERR_CONFIG_INVALID', why, { fields: { [kind]: text } });
}

function denied(wish: Wish, uid: number, master: MasterIds, accounts: AccountAddon): ReuseportError {
  const self = accounts.findUser(master.uid)?.name ?? String(master.uid);
  const [what, source] =
    uid === master.uid ? [`group ${wish.group}`, wish.groupSource] : [`user ${wish.user}`, wish.userSource];
  const message =
    `the workers cannot run as ${what}: the master is ${self} (uid ${master.uid}), and only root may start processes ` +
    `with other rights. Start it as root, or leave the option out (${source})`;
  return new ReuseportError('ERR_USER_DENIED', message, { fields: { uid, masterUid: master.uid } });
}
