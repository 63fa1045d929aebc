/** The queues in front of a worker: of connections that wait to be accepted, and of handshakes. */
import { DEFAULT_BACKLOG_CONNECTIONS } from '../listener/listener.js';
import type { Facts } from './facts.js';
import { type Judgement, unknownRow } from './rows.js';

/** The kernel's own default until Linux 5.4. */
const FEW_CONNECTIONS = 128;
/** Three quarters of it are more than the default backlog. */
const AMPLE_HANDSHAKES = 8192;

export function judgeSomaxconn({ somaxconn }: Facts): Judgement {
  const title = 'somaxconn';
  const wanted = DEFAULT_BACKLOG_CONNECTIONS;
  if (!somaxconn.known) {
    return unknownRow(title, somaxconn.why, 'The kernel cuts every backlog to net.core.somaxconn, whatever it is.');
  }
  const { value } = somaxconn;
  const row = { title, value: String(value) };
  if (value >= wanted) {
    const meaning = `The accept queue of each worker takes the default backlog of ${wanted} connections.`;
    return { ...row, status: 'ok', meaning, mend: [] };
  }
  const mend = [`sysctl -w net.core.somaxconn=${wanted}`];
  const meaning = `The kernel cuts the default backlog of ${wanted} to ${value} connections for each worker; more are dropped.`;
  return { ...row, status: value < FEW_CONNECTIONS ? 'problem' : 'notice', meaning, mend };
}

/**
 * tcp_conn_request() (net/ipv4/tcp_input.c) looks at tcp_max_syn_backlog only while SYN cookies are off, and then drops
 * SYNs of unknown clients beyond three quarters of it. The queue's limit is the listener's backlog in any case.
 */
export function judgeSynBacklog({ maxSynBacklog, synCookies, somaxconn }: Facts): Judgement {
  const title = 'tcp_max_syn_backlog';
  if (!maxSynBacklog.known) {
    return unknownRow(title, maxSynBacklog.why, 'It limits handshakes only while tcp_syncookies is 0.');
  }
  const { value } = maxSynBacklog;
  const row = { title, value: String(value) };
  if (synCookies.known && synCookies.value > 0) {
    const meaning = 'Without effect while SYN cookies are on: the backlog is the limit of handshakes too.';
    return { ...row, status: 'ok', meaning, mend: [] };
  }
  const backlog = Math.min(DEFAULT_BACKLOG_CONNECTIONS, somaxconn.known ? somaxconn.value : Infinity);
  const allowed = Math.floor((value * 3) / 4);
  if (allowed >= backlog) {
    const meaning = 'Without SYN cookies it limits handshakes, but the backlog is the lower limit.';
    return { ...row, status: 'ok', meaning, mend: [] };
  }
  const cookies = synCookies.known ? 'Without SYN cookies' : 'If SYN cookies are off';
  const meaning = `${cookies} a listener drops new clients beyond ${allowed} handshakes at a time.`;
  const mend = ['sysctl -w net.ipv4.tcp_syncookies=1', `sysctl -w net.ipv4.tcp_max_syn_backlog=${AMPLE_HANDSHAKES}`];
  return { ...row, status: synCookies.known ? 'notice' : 'unknown', meaning, mend };
}

export function judgeSynCookies({ synCookies }: Facts): Judgement {
  const title = 'tcp_syncookies';
  if (!synCookies.known) {
    return unknownRow(title, synCookies.why, 'A kernel without CONFIG_SYN_COOKIES has none; a container may hide it.');
  }
  const { value } = synCookies;
  const row = { title, value: String(value) };
  const mend = ['sysctl -w net.ipv4.tcp_syncookies=1'];
  if (value === 0) {
    const meaning =
      'When the queue of handshakes is full, as in a SYN flood or after a restart, new clients are dropped.';
    return { ...row, status: 'notice', meaning, mend };
  }
  if (value === 2) {
    const meaning =
      'Every connection is made by a cookie, which costs it TCP options; and its worker is chosen twice, at the SYN and ' +
      'again at the ACK. For experiments only.';
    return { ...row, status: 'notice', meaning, mend };
  }
  const meaning = 'Cookies stand in when the queue of handshakes is full: a SYN flood does not keep clients out.';
  return { ...row, status: 'ok', meaning, mend: [] };
}
