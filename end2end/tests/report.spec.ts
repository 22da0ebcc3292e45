// The evaluation report: on the page of a finished job and of its model, with and without JavaScript, in both themes and on a
// phone, and in words for those who do not see pictures.
import type { Page } from '@playwright/test';
import { expect, picture, test, trained } from '../fixtures/athanor';

// What a screen reader and a keyboard need of the report, on the page itself.
async function accessible(page: Page): Promise<void> {
  const wrong = await page.evaluate(() => {
    const found: string[] = [];
    for (const plot of document.querySelectorAll('.report svg')) {
      const hidden = plot.getAttribute('aria-hidden') === 'true';
      const named = plot.getAttribute('role') === 'img' && (plot.getAttribute('aria-label') ?? '').length > 20;
      if (!hidden && !named) found.push(`a picture without words: ${plot.outerHTML.slice(0, 80)}`);
    }
    for (const figure of document.querySelectorAll('.report figure')) {
      if (!figure.querySelector('figcaption h3')) found.push('a figure without a heading');
      const reading = figure.querySelector('table, ul, svg[role="img"]');
      if (!reading) found.push(`nothing to read in ${figure.textContent}`);
    }
    for (const box of document.querySelectorAll<HTMLElement>('.report .table-scroll')) {
      if (box.tabIndex !== 0 || !box.getAttribute('aria-label')) found.push('a table that the keyboard cannot scroll');
    }
    for (const table of document.querySelectorAll('.report table, .comparison')) {
      const heads = [...table.querySelectorAll('thead th, tbody tr > :first-child')];
      if (heads.some((head) => head.tagName !== 'TH' || !head.hasAttribute('scope'))) found.push('a table without heads');
    }
    const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
    const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
    if (twice.length > 0) found.push(`ids that are there twice: ${twice.join(', ')}`);
    return found;
  });
  expect(wrong).toEqual([]);
}

async function fits(page: Page): Promise<void> {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wider, 'does not scroll sideways').toBeLessThanOrEqual(0);
}

const sights: [string, 'light' | 'dark', number, number][] = [
  ['desktop-light', 'light', 1280, 800],
  ['desktop-dark', 'dark', 1280, 800],
  ['phone-light', 'light', 390, 844],
  ['phone-dark', 'dark', 390, 844],
];

test('two classes: metrics with intervals, confusion, curves, calibration, importance', async ({ page, person, baseURL }) => {
  void person;
  const { job, model } = await trained(page, baseURL!, { dataset: 'breast_cancer', epochs: 30 });
  for (const path of [job, model]) {
    await page.goto(path);
    for (const name of ['Confusion', 'Class by class', 'ROC of', 'Precision and recall of', 'Calibration', 'What each feature is worth']) {
      await expect(page.getByRole('heading', { level: 3, name })).toBeVisible();
    }
    await expect(page.getByRole('img', { name: /^ROC curve. Area: malignant (0\.9|1)/ })).toBeVisible();
    await accessible(page);
  }
  // The numbers are those of the API.
  const { model: told } = await (await page.request.get(`/api${model}`)).json();
  const row = page.getByRole('row', { name: /^ROC AUC/ });
  await expect(row).toContainText(String(Number(told.metrics.roc_auc.toPrecision(4))));
  await expect(row.getByRole('cell').nth(1)).toHaveText(/[–]/);
  const cells = page.getByRole('group', { name: 'Confusion matrix' }).getByRole('cell').filter({ hasText: /\d/ });
  await expect(cells).toHaveText(told.evaluation.confusion.flat().map(String));
  const bars = page.locator('.importance .bars > li > span');
  await expect(bars.first()).toHaveText(told.report.importance.features[0].name);
  for (const [name, colorScheme, width, height] of sights) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    for (const [what, path] of [['job', job], ['model', model]]) {
      await page.goto(path);
      await fits(page);
      await picture(page, `report-binary-${what}-${name}`);
    }
  }
});

test('several classes share a picture, with a key that says which line is which', async ({ page, person, baseURL }) => {
  void person;
  const { job } = await trained(page, baseURL!, { dataset: 'wine', features: ['ash', 'hue', 'magnesium'] });
  await page.goto(job);
  const roc = page.locator('figure').filter({ has: page.getByRole('heading', { name: 'ROC' }) });
  await expect(roc.locator('.plot-keys li')).toHaveCount(3);
  await expect(roc.locator('.plot .plot-line')).toHaveCount(3);
  await accessible(page);
  for (const [name, colorScheme, width, height] of sights) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await page.goto(job);
    await fits(page);
    await picture(page, `report-classes-${name}`);
  }
});

test('numbers: residuals, predicted against actual', async ({ page, person, baseURL }) => {
  void person;
  const { job, model } = await trained(page, baseURL!, { dataset: 'diabetes', epochs: 40 });
  for (const path of [job, model]) {
    await page.goto(path);
    for (const name of ['Predicted and actual', 'Residuals', 'What each feature is worth']) {
      await expect(page.getByRole('heading', { level: 3, name })).toBeVisible();
    }
    await expect(page.getByRole('heading', { name: 'Confusion' })).toHaveCount(0);
    await accessible(page);
  }
  for (const [name, colorScheme, width, height] of sights) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    for (const [what, path] of [['job', job], ['model', model]]) {
      await page.goto(path);
      await fits(page);
      await picture(page, `report-numbers-${what}-${name}`);
    }
  }
});
