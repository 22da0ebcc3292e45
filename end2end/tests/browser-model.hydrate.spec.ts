// Models that answer in the browser: as the server does, without the server, and without sending anything to it.
import { readFileSync } from 'node:fs';
import { expect, picture, test } from '../fixtures/athanor';
import type { Page } from '@playwright/test';

type Prediction = { value?: number; label?: string; probabilities?: Record<string, number> };
type Row = Record<string, string | null>;

/** Trains on a sample by every default and opens the model's page. */
async function train(page: Page, dataset: string): Promise<{ model: string; rows: Row[] }> {
  await page.goto('/train');
  await page.getByLabel('Dataset').selectOption({ label: dataset });
  await page.getByText('Advanced').click();
  await page.getByLabel('Epochs').fill('3');
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.getByRole('link', { name: 'Use the model' }).click({ timeout: 60_000 });
  await expect(page).toHaveURL(/\/models\/[0-9a-f-]{36}/);
  const model = page.url().split('/').pop()!;
  const { datasets } = await (await page.request.get('/api/datasets')).json();
  const { id } = datasets.find((known: { name: string }) => known.name === dataset);
  const preview = await (await page.request.get(`/api/datasets/${id}/preview?limit=200`)).json();
  const rows = preview.rows.map((cells: (string | null)[]) =>
    Object.fromEntries(preview.columns.map((name: string, at: number) => [name, cells[at] === '' ? null : cells[at]])),
  );
  return { model, rows };
}

const quoted = (cell: string | null) => (cell === null ? '' : `"${cell.replaceAll('"', '""')}"`);

function csv(rows: Row[]): string {
  const columns = Object.keys(rows[0]);
  return [columns.map(quoted), ...rows.map((row) => columns.map((name) => quoted(row[name])))]
    .map((cells) => cells.join(','))
    .join('\n');
}

/** Lines of a file without quotes in what is read of it: its last cells. */
const lastCells = (line: string, count: number) => line.split(',').slice(-count);

async function give(page: Page, name: string, content: string) {
  await page.getByLabel('A whole CSV file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });
}

for (const dataset of ['iris', 'sample_dataset', 'breast_cancer', 'messages']) {
  test(`${dataset}: the browser says what the server says`, async ({ page, person, baseURL }) => {
    void person;
    const { model, rows } = await train(page, dataset);
    const headers = { origin: baseURL! };
    const answer = await page.request.post(`/api/models/${model}/predict`, { headers, data: { rows } });
    expect(answer.ok(), await answer.text()).toBe(true);
    const told: Prediction[] = (await answer.json()).predictions;
    await give(page, 'rows.csv', csv(rows));
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: /Save rows-predicted.csv/ }).click({ timeout: 30_000 }),
    ]);
    const [header, ...lines] = readFileSync((await file.path())!, 'utf8').trim().split('\n');
    expect(lines.length).toBe(rows.length);
    const classes = Object.keys(told[0].probabilities ?? {});
    expect(header).toContain('predicted_');
    const order = lastCells(header, classes.length).map((name) => name.replace('probability_', ''));
    told.forEach((prediction, at) => {
      if (prediction.value !== undefined) {
        expect(Math.abs(Number(lastCells(lines[at], 1)[0]) - prediction.value)).toBeLessThan(1e-5);
        return;
      }
      const [label, ...shares] = lastCells(lines[at], classes.length + 1);
      expect(label).toBe(prediction.label);
      shares.forEach((share, place) => {
        expect(Math.abs(Number(share) - prediction.probabilities![order[place]])).toBeLessThan(1e-5);
      });
    });
  });
}

test('once it is loaded, the model needs no server', async ({ page, person, context }) => {
  void person;
  await train(page, 'iris');
  await page.getByLabel('Run in this browser').check();
  await expect(page.getByText('On: answers come from this page')).toBeVisible();
  await picture(page, 'model-in-browser');
  const asked: string[] = [];
  page.on('request', (request) => {
    // The icon of the tab is the browser's own business.
    if (!/^blob:|favicon/.test(request.url())) asked.push(request.url());
  });
  await context.setOffline(true);
  await page.getByLabel('petal_length').fill('1.4');
  await page.getByLabel('petal_width').fill('0.2');
  await page.getByLabel('sepal_length').fill('5.1');
  await page.getByLabel('sepal_width').fill('3.5');
  await page.getByRole('button', { name: 'Predict' }).click();
  await expect(page.getByTestId('prediction')).toContainText('setosa');
  // What is wrong is said beside the field, as by the server.
  await page.getByLabel('petal_length').fill('long');
  await page.getByRole('button', { name: 'Predict' }).click();
  await expect(page.locator('.field-error')).toContainText('number');

  // Whole files, the wrong ones first.
  await give(page, 'short.csv', 'petal_length,petal_width\n1,2\n');
  await expect(page.getByText(/lacks columns .*sepal_length, sepal_width/)).toBeVisible();
  await give(page, 'words.csv', 'petal_length,petal_width,sepal_length,sepal_width,plot\n1.4,0.2,5.1,3.5,a\nx,0.2,5.1,3.5,b\n');
  await expect(page.getByText(/line 3\.petal_length: /)).toBeVisible();
  await give(page, 'good.csv', 'plot,petal_length,petal_width,sepal_length,sepal_width\n"a, 1",1.4,0.2,5.1,3.5\nb,,,,\n');
  await expect(page.getByRole('link', { name: /Save good-predicted.csv/ })).toBeVisible();
  await picture(page, 'model-file-predicted');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: /Save good-predicted.csv/ }).click(),
  ]);
  const lines = readFileSync((await file.path())!, 'utf8').trim().split('\n');
  expect(lines[0]).toMatch(/^plot,petal_length,.*,predicted_species,probability_setosa,/);
  expect(lines[1]).toMatch(/^"a, 1",1.4,0.2,5.1,3.5,setosa,/);
  expect(lines.length).toBe(3);
  await context.setOffline(false);
  expect(asked, 'nothing was sent').toEqual([]);
});
