// The charts of a job: a part of the steps by drag and by keyboard, both charts together, smoothing, a logarithmic scale.
import { expect, picture, test, trained } from '../fixtures/athanor';

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
