// How long it takes from pressing "Start training" to the first point on the chart. Reported, never asserted: what is fast
// depends on the machine.
import { expect, test } from '../fixtures/athanor';

test('from the button to the first point on screen', async ({ page, person }) => {
  void person;
  const times: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    await page.goto('/train?dataset=iris');
    const button = page.getByRole('button', { name: 'Start training' });
    // Once the browser has taken over, the target is no feature any more.
    await expect(page.locator('input[type=checkbox][value=species]')).toBeDisabled();
    await page.evaluate(() => {
      const state = window as unknown as { pressed: number; shown?: number };
      addEventListener('click', () => (state.pressed = performance.now()), { capture: true, once: true });
      const look = () => {
        const points = Number(document.querySelector('[data-points]')?.getAttribute('data-points') ?? 0);
        if (points > 0) state.shown = performance.now();
        else requestAnimationFrame(look);
      };
      look();
    });
    await button.click();
    const shown = await page.waitForFunction(() => {
      const state = window as unknown as { pressed: number; shown?: number };
      return state.shown && state.shown - state.pressed;
    });
    times.push((await shown.jsonValue()) as number);
  }
  times.sort((a, b) => a - b);
  const text = `${times[3].toFixed(0)} ms (median of ${times.length}; ${times[0].toFixed(0)} to ${times[6].toFixed(0)})`;
  console.log(`from "Start training" to the first point on screen: ${text}`);
  test.info().annotations.push({ type: 'first point', description: text });
});
