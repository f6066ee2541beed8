/* What one call takes, and how the figures of many rounds are told. */
import process from 'node:process';

/* Microseconds a call: the time that passed, and the processor time of this process. */
export async function measure(calls, call) {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  for (let n = 0; n < calls; n++) await call();
  const wall = Number(process.hrtime.bigint() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { wall: wall / calls, cpu: (user + system) / calls };
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const print = (name, cells) => console.log(name.padEnd(44) + cells.map((cell) => String(cell).padStart(11)).join(''));

export const printHead = (other, ...more) => print('microseconds a call', ['pgconvo', other, 'x', 'cpu', 'their cpu', 'cpu x', ...more]);

/* What each side takes, round by round; the order in a round alternates. `take` gets the number of a side. */
export async function byTurns(rounds, sides, take) {
  const order = Array.from({ length: sides }, (_, side) => side);
  const taken = order.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 ? order : order.toReversed()) taken[side].push(await take(side));
  }
  return taken;
}

/*
 * One line of what both sides took in the same rounds: medians, and the median of the rounds' ratios. With a floor what that took,
 * and how many times faster than theirs it is.
 */
export function printTaken(name, [ours, theirs, floor]) {
  const of = (taken, what) => Math.round(median(taken.map((one) => one[what])));
  const ratio = (side, what) => median(side.map((one, i) => theirs[i][what] / one[what])).toFixed(1);
  const cells = ['wall', 'cpu'].flatMap((what) => [of(ours, what), of(theirs, what), ratio(ours, what)]);
  print(name, floor === undefined ? cells : [...cells, of(floor, 'wall'), ratio(floor, 'wall')]);
}
