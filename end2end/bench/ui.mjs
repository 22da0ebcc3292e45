// `cargo xtask bench ui`: opens pages of a server that has been filled, in a real Chromium, and prints what was measured.
// The only argument is a JSON file that says where everything is. Nothing here judges: the report has what is wanted beside it.
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { chromium } from '@playwright/test';
import { athanor } from './athanor.mjs';
import { mlflow } from './mlflow.mjs';
import { say } from './say.mjs';

const order = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args });
const load = () => say('load of the machine', loadavg().map((load) => load.toFixed(2)).join(', '));
say.head(`Chromium ${browser.version()}, medians of ${order.rounds}`);
load();
if (order.athanor) await athanor(browser, { ...order.athanor, rounds: order.rounds, only: order.only, live: order.live });
if (order.mlflow) await mlflow(browser, { ...order.mlflow, rounds: order.rounds, only: order.only, live: order.live });
load();
await browser.close();
