// Every page is readable, with and without JavaScript, in both themes and languages and on a phone; pictures are kept.
import type { Page } from '@playwright/test';
import { expect, logIn, picture, reached, submit, test } from '../fixtures/athanor';
import { said, speak } from '../fixtures/language';

test.use({ ownServer: true });

const pages: [string, string, string][] = [
  ['dashboard', '/', 'Dashboard'],
  ['datasets', '/datasets', 'Datasets'],
  ['train', '/train', 'Train a model'],
  ['jobs', '/jobs', 'Jobs'],
  ['experiments', '/experiments', 'Experiments'],
  ['models', '/models', 'Models'],
  ['settings', '/settings', 'Settings'],
];

const forAdmins: typeof pages = [
  ['people', '/admin/users', 'People'],
  ['log', '/admin/users?tab=log', 'People'],
];

// The page of a dataset, of a finished job, and of its model.
async function things(page: Page, origin: string): Promise<typeof pages> {
  const job_id = await submit(page, origin, { dataset: 'wine', epochs: 40 });
  const job = await reached(page, job_id, 'COMPLETED');
  return [
    ['dataset', `/datasets/${job.dataset_id}`, 'wine'],
    ['job', `/jobs/${job_id}`, 'wine'],
    ['model', `/models/${job.model_id}`, 'wine'],
  ];
}

const looks = [
  ['light', 'en'],
  ['dark', 'en'],
  ['light', 'fa'],
  ['dark', 'fa'],
] as const;

for (const [scheme, language] of looks) {
  for (const [size, width, height] of [['desktop', 1280, 800], ['phone', 390, 844]] as const) {
    test(`every page, ${scheme}, ${language}, ${size}`, async ({ page, admin, person, baseURL }) => {
      void person;
      await speak(page, baseURL!, language);
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height });
      const readable = async (some: typeof pages) => {
        for (const [name, path, heading] of some) {
          const answer = await page.goto(path);
          expect(answer?.status(), path).toBe(200);
          const text = heading === 'wine' ? heading : said(heading, language);
          await expect(page.getByRole('heading', { level: 1 })).toContainText(text);
          await expect(page).toHaveTitle(/Athanor/);
          const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth).catch(() => 0);
          expect(wider, `${path} does not scroll sideways`).toBeLessThanOrEqual(0);
          await picture(page, `${size}-${scheme}-${language}-${name}`);
        }
      };
      await readable([...pages, ...(await things(page, baseURL!))]);
      await page.context().clearCookies();
      await logIn(page, admin);
      await expect(page).toHaveURL('/');
      await speak(page, baseURL!, language);
      await readable(forAdmins);
    });
  }
}

test('a page that does not exist is a 404 that helps', async ({ page, person }) => {
  void person;
  for (const path of ['/nope', '/jobs/00000000-0000-7000-8000-000000000000', '/datasets/x', '/models/x']) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(404);
    await expect(page.getByRole('heading', { level: 1 })).toContainText(/not found/i);
  }
  await picture(page, 'not-found');
});
