/** The addon's types for users and groups. Errors as in addon.ts. */

export interface UserAccount {
  name: string;
  uid: number;
  /** The primary group. */
  gid: number;
  home: string;
  shell: string;
}

export interface GroupAccount {
  name: string;
  gid: number;
}

/** Accounts through the name service switch, as getpwnam(3) and its like give them. May wait for a directory service. */
export interface AccountAddon {
  /** By name or uid; null when there is none. */
  findUser(user: string | number): UserAccount | null;
  /** By name or gid; null when there is none. */
  findGroup(group: string | number): GroupAccount | null;
  /** Every group that the user is a member of, and `gid`, as getgrouplist(3). */
  groupsOfUser(name: string, gid: number): number[];
}
