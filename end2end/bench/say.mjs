// Lines of the report: what, how much, and what is wanted.
import { median } from './measure.mjs';

export function say(what, measured, wanted) {
  console.log(`  ${what.padEnd(24)} ${measured}${wanted ? `  (wanted: ${wanted})` : ''}`);
}

say.head = (title) => console.log(title);

export function milliseconds(time) {
  if (time === null || Number.isNaN(time)) return 'unknown';
  return time < 1_000 ? `${time.toFixed(0)} ms` : `${(time / 1_000).toFixed(2)} s`;
}

export function amount(number) {
  return number < 10 ? number.toFixed(2) : number.toFixed(0);
}

/** Of bytes. */
export function size(bytes) {
  return bytes < 1e6 ? `${amount(bytes / 1e3)} kB` : `${amount(bytes / 1e6)} MB`;
}

/** Frames of three seconds, and how much was done in them. */
export function paces({ median, p95, longest, slow, count, times, scrolls }, what) {
  const done = what === 'scrolls' ? scrolls : times;
  const pace = [median, p95, longest].map((time) => time.toFixed(0)).join(' / ');
  return `${pace} ms a frame (median / 95 % / longest), ${slow} of ${count} over 50 ms; ${done} ${what}`;
}

/** How long each key took. */
export function keyed(keys) {
  return `${milliseconds(median(keys))} a key, the longest ${milliseconds(Math.max(...keys))}`;
}
