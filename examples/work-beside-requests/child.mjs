/** A process of the pool: does one job after the other. It ends by itself when its worker has gone, and the channel with it. */
import countPrimes from './primes.mjs';

process.on('message', (job) => process.send({ result: countPrimes(job) }));
