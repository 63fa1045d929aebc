import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key and a self-signed certificate for `localhost`, made now. */
export function makeCertificate() {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const keyFile = join(folder, 'key.pem');
  const certFile = join(folder, 'cert.pem');
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const args = ['req', '-x509', ...curve, '-nodes', '-days', '2', ...name, '-keyout', keyFile, '-out', certFile];
  execFileSync('openssl', args, { stdio: 'pipe' });
  return { keyFile, certFile, ca: readFileSync(certFile), remove: () => rmSync(folder, { recursive: true }) };
}
