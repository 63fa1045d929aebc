/** What became of the requests of one scenario, and what of it must not be. Pure. */
import { type Accept, inOrder, judge, type Kill } from '../chaos/judge.js';
import type { LostRequest } from '../load/loadgen.js';
import { type ClientLoss, type LossKind, lossKinds } from './clients-protocol.js';

const KIND_OF: Record<LostRequest['kind'], LossKind> = {
  refused: 'refused',
  reset: 'reset',
  timeout: 'unanswered',
  short: 'cut',
  malformed: 'wrong',
  status: 'wrong',
  other: 'reset',
};

export interface Account {
  /** Lost requests and connections, by kind. */
  lost: Record<ClientLoss['from'], Record<LossKind, number>>;
  /** Of these: lost with the killed worker that had accepted them. */
  allowed: number;
  /** Cut when a worker died, perhaps between its accept and the writing down: at most one for each kill. */
  undecided: number;
  /** All others, in words. */
  violations: string[];
}

/** A loss of the load generator in the terms of the other clients. */
export function lossOf({ client, openedNs, endedNs, kind }: LostRequest): ClientLoss {
  const common = { client, beganNs: BigInt(openedNs), endedNs: BigInt(endedNs), detail: kind };
  const mapped = KIND_OF[kind];
  const how = mapped === 'reset' ? 'cut' : mapped === 'wrong' ? 'failed' : mapped;
  return { ...common, how, kind: mapped, from: 'new connection' };
}

export function accountFor(
  losses: readonly ClientLoss[],
  kills: readonly Kill[],
  acceptsOf: (client: string) => readonly Accept[],
): Account {
  const account: Account = {
    lost: { 'new connection': nothing(), 'keep-alive': nothing(), WebSocket: nothing() },
    allowed: 0,
    undecided: 0,
    violations: [],
  };
  const spent = new Set<Kill>();
  for (const loss of inOrder(losses)) {
    account.lost[loss.from][loss.kind] += 1;
    const accepts = acceptsOf(loss.client);
    const verdict = judge(loss, accepts, kills, spent);
    if (verdict !== 'violation') account[verdict] += 1;
    else account.violations.push(describe(loss, accepts, kills));
  }
  return account;
}

function describe(loss: ClientLoss, accepts: readonly Accept[], kills: readonly Kill[]): string {
  const accept = accepts.findLast(({ atNs }) => atNs >= loss.beganNs && atNs <= loss.endedNs);
  const ageMs = Number(loss.endedNs - loss.beganNs) / 1e6;
  const who = accept === undefined ? 'no worker had accepted it' : `accepted by ${accept.pid}`;
  const what = `${loss.from} ${loss.client || '(no address)'} ${loss.kind} after ${ageMs.toFixed(0)} ms: ${loss.detail}`;
  return `${what}; ${who}${describeLast(kills, loss)}`;
}

function describeLast(kills: readonly Kill[], { endedNs }: ClientLoss): string {
  const last = kills.findLast(({ atNs }) => atNs <= endedNs);
  if (last === undefined) return '';
  const ago = (ns: bigint) => `${(Number(endedNs - ns) / 1e6).toFixed(0)} ms`;
  const gone = last.goneNs === undefined ? 'not seen to end' : `gone for ${ago(last.goneNs)}`;
  return `; ${last.pid} was killed ${ago(last.atNs)} before, and was ${gone}`;
}

function nothing(): Record<LossKind, number> {
  return Object.fromEntries(lossKinds.map((kind) => [kind, 0])) as Record<LossKind, number>;
}
