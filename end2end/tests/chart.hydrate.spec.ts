// The charts of a job: a part of the steps by drag and by keyboard, both charts together, smoothing, a logarithmic scale.
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, kept, picture, reached, submit, test, trained } from '../fixtures/athanor';

test('a drag shows a part of the steps in both charts, and a double click everything', async ({ page, person, server }) => {
  void person;
  const data = { dataset: 'iris', epochs: 40, early_stopping: false };
  await page.goto((await trained(page, server.url, data)).job);
  const plots = page.locator('.chart-plot');
  await expect(page.getByLabel('Smoothing')).toBeVisible();
  const last = async (at: number) => Number(await plots.nth(at).getAttribute('aria-valuemax'));
  const first = async (at: number) => Number(await plots.nth(at).getAttribute('aria-valuemin'));
  const whole = await last(0);
  expect(whole).toBeGreaterThan(100);

  await plots.first().scrollIntoViewIfNeeded();
  const box = (await plots.first().boundingBox())!;
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.25, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.4, y);
  await expect(page.locator('.chart-selection')).toHaveCount(1);
  await page.mouse.move(box.x + box.width * 0.5, y);
  await page.mouse.up();
  for (const at of [0, 1]) {
    expect(Math.abs((await first(at)) - whole / 4), 'where the drag began').toBeLessThan(whole / 50);
    expect(Math.abs((await last(at)) - whole / 2), 'where it ended').toBeLessThan(whole / 50);
  }
  await page.getByLabel('Smoothing').fill('0.8');
  await page.getByLabel('Log scale').check();
  await picture(page, 'job-zoomed');
  await plots.first().dblclick();
  expect([await first(1), await last(1)]).toEqual([0, whole]);

  // By keyboard, too.
  await plots.nth(1).focus();
  await page.keyboard.press('+');
  await expect.poll(async () => (await last(0)) - (await first(0))).toBeLessThan(whole * 0.6);
  await page.getByRole('button', { name: 'Show everything' }).click();
  await expect.poll(async () => (await last(0)) - (await first(0))).toBe(whole);
});

test('the view is in the address: a reload shows it again, another axis is another window', async ({ page, person, server }) => {
  void person;
  const job = (await trained(page, server.url, { dataset: 'iris', epochs: 40, early_stopping: false })).job;
  await page.goto(`${job}?along=steps&from=40&to=120&smoothing=0.6`);
  const plot = page.locator('.chart-plot').first();
  const range = async () => [await plot.getAttribute('aria-valuemin'), await plot.getAttribute('aria-valuemax')];
  await expect(page.getByLabel('Smoothing')).toHaveValue('0.6');
  expect(await range()).toEqual(['40', '120']);
  await expect(plot).toHaveAttribute('aria-label', 'Loss by step');
  await expect(page.locator('.chart').first().locator('.chart-x').last()).toHaveText('120');

  await page.getByLabel('Log scale').check();
  await expect(page).toHaveURL(`${job}?along=steps&from=40&to=120&log=on&smoothing=0.6`);
  await page.getByLabel('Along').selectOption('Epochs');
  expect(await range(), 'the same steps').toEqual(['40', '120']);
  await expect(page).toHaveURL(`${job}?from=40&to=120&log=on&smoothing=0.6`);
  await page.reload();
  await expect(page.getByLabel('Log scale')).toBeChecked();
  await expect(page.locator('.chart').first().locator('.chart-y').first()).not.toHaveText('0');
  expect(await range()).toEqual(['40', '120']);

  // No view is a step of the way back.
  await page.goBack();
  await expect(page).not.toHaveURL(new RegExp(job));
});

test('along the time: another axis is another window, and the cursor says all three', async ({ page, person, server }) => {
  void person;
  const job = (await trained(page, server.url, { dataset: 'iris', epochs: 1500, early_stopping: false })).job;
  await page.goto(`${job}?from=40&to=120`);
  const plot = page.locator('.chart-plot').first();
  await page.getByLabel('Along').selectOption('Time');
  await expect(page).toHaveURL(`${job}?along=time`);
  await expect(plot).toHaveAttribute('aria-label', 'Loss by time');
  expect(await plot.getAttribute('aria-valuemin'), 'a part of the steps is none of the seconds').toBe('0');
  const chart = page.locator('.chart').first();
  await expect(chart.locator('.chart-x').last()).toHaveText(/^[\d.:]+( s)?$/);
  const said = () => plot.getAttribute('aria-valuetext');
  await plot.focus();
  await page.keyboard.press('End');
  await expect.poll(said).toMatch(/^Epoch [\d,]+ · step [\d,]+ · [\d.]+ s, training /);
  const last = await said();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(said).not.toBe(last);
  await page.keyboard.press('Home');
  await expect.poll(said).toMatch(/· 0 s,/);
  await picture(page, 'job-by-time');
});

test('a chart is saved as its points and as a picture', async ({ page, person, server }) => {
  void person;
  await page.goto((await trained(page, server.url, { dataset: 'iris', epochs: 5, early_stopping: false, name: 'my run' })).job);
  const saved = async (button: string) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  };
  const points = await saved('Save Loss as CSV');
  expect(points.name).toBe('my-run-loss.csv');
  const lines = points.bytes.toString().trimEnd().split('\n');
  expect(lines[0]).toBe('split,step,epoch,seconds,value');
  expect(lines.filter((line) => /^validation,\d+,[1-5],[\d.]+,[\d.]+$/.test(line))).toHaveLength(5);
  expect(lines.filter((line) => line.startsWith('train,')).length).toBeGreaterThanOrEqual(5);
  const drawn = await saved('Save Accuracy as PNG');
  expect(drawn.name).toBe('my-run-accuracy.png');
  expect(drawn.bytes.subarray(1, 4).toString()).toBe('PNG');
  expect(drawn.bytes.length).toBeGreaterThan(3_000);
  writeFileSync(kept('chart-saved'), drawn.bytes);
});

test('the log is searched, and follows its end until somebody reads further up', async ({ page, person, server }) => {
  void person;
  await page.goto((await trained(page, server.url, { dataset: 'iris', epochs: 60, early_stopping: false })).job);
  const log = page.getByRole('log');
  const lines = log.locator('.log-line');
  const field = page.getByLabel('Search the log');
  await expect(field).toBeVisible();
  const all = await lines.count();
  expect(all).toBeGreaterThan(3);
  await field.fill('EPOCH best');
  await expect(page.getByText(new RegExp(`^\\d+ of ${all} lines$`))).toBeVisible();
  const found = await lines.count();
  expect(found).toBeLessThan(all);
  for (const text of await lines.allTextContents()) expect(text.toLowerCase()).toContain('epoch');
  await field.fill('nothing says this');
  await expect(log.getByText('No line has these words.')).toBeVisible();
  await field.fill('');
  await expect(lines).toHaveCount(all);
  await page.getByLabel('Only warnings').check();
  await expect(lines).toHaveCount(0);
  await page.getByLabel('Only warnings').uncheck();

  const end = page.getByRole('button', { name: 'To the newest' });
  await expect(end).toBeHidden();
  await log.evaluate((log) => {
    (log as HTMLElement).style.height = '60px';
    log.scrollTop = -log.scrollHeight;
  });
  await expect(end).toBeVisible();
  await end.click();
  await expect(end).toBeHidden();
  await expect(lines.last()).toBeInViewport();
});

test('what the training takes of its machine is seen while it trains', async ({ page, person, server }) => {
  void person;
  const id = await submit(page, server.url, { dataset: 'iris', epochs: 100_000, early_stopping: false });
  await page.goto(`/jobs/${id}`);
  const machine = page.locator('.machine');
  await expect(machine.getByRole('heading', { name: 'Machine' })).toBeVisible({ timeout: 20_000 });
  const row = machine.getByRole('row', { name: /^Memory/ });
  await expect(row).toHaveText(/Memory[\d.]+ MB[\d.]+ MB/);
  const first = Number(await machine.getAttribute('data-samples'));
  await expect
    .poll(async () => Number(await machine.getAttribute('data-samples')), { message: 'it goes on by itself', timeout: 20_000 })
    .toBeGreaterThan(first);
  await picture(page, 'job-machine');
  await page.getByRole('button', { name: 'Stop' }).click();
  await reached(page, id, 'STOPPED');
  await page.reload();
  await expect(machine).toBeVisible();
});
