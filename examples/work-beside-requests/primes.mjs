/** A task: what it gets and returns is copied between the threads or processes. */
export default function countPrimes({ below }) {
  const composite = new Uint8Array(below);
  let count = 0;
  for (let candidate = 2; candidate < below; candidate += 1) {
    if (composite[candidate] === 1) continue;
    count += 1;
    for (let multiple = candidate * candidate; multiple < below; multiple += candidate) composite[multiple] = 1;
  }
  return count;
}
