// Every page by the rules of axe-core, in both themes and both languages: WCAG 2.2 AA, and what is good practice besides;
// and in Persian with no English left on it. That the console is silent on the way, the fixture sees to.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, logIn, reached, register, stranger, submit, test } from '../fixtures/athanor';
import { leftovers, said, speak, type Language } from '../fixtures/language';

test.use({ ownServer: true });

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What is wrong with what is shown, a paragraph each. */
async function violations(page: Page, name: string, language: Language): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${name}: ${id}: ${help}: ${target.join(' ')}\n  ${failureSummary}`),
  );
  const english = language === 'fa' ? await leftovers(page) : [];
  return [...found, ...english.map((text) => `${name}: English: ${text}`)];
}

/** Shows a page whole: the browser has taken over, and what it asked for has come. */
async function open(page: Page, path: string): Promise<void> {
  await page.goto(path, { waitUntil: 'networkidle' });
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
}

const looks = [
  ['light', 'en'],
  ['dark', 'en'],
  ['light', 'fa'],
] as const;

for (const [scheme, language] of looks) {
  test(`no page has violations, ${scheme}, ${language}`, async ({ page, admin, baseURL }) => {
    test.slow();
    await page.emulateMedia({ colorScheme: scheme });
    await speak(page, baseURL!, language);
    const t = (english: string) => said(english, language);
    const found: string[] = [];
    const check = async (name: string) => void found.push(...(await violations(page, name, language)));
    const visit = async (name: string, path: string) => {
      await open(page, path);
      await check(name);
    };
    await visit('login', '/login');
    await visit('register', '/register');
    await visit('reset', '/reset?link=x');
    await speak(page, baseURL!, 'en');
    await register(page, stranger('axe'));
    await speak(page, baseURL!, language);
    await visit('empty dashboard', '/');
    await visit('no jobs', '/jobs');
    await visit('no models', '/models');
    await visit('no experiments', '/experiments');
    await visit('nothing to compare', '/compare');

    const running = await submit(page, baseURL!, { dataset: 'breast_cancer', epochs: 50_000, early_stopping: false });
    const headers = { origin: baseURL! };
    const made = await page.request.post('/api/experiments', { headers, data: { name: 'Rates', note: 'A *note*', tags: ['a'] } });
    const experiment_id = (await made.json()).experiment.id;
    const completed = await submit(page, baseURL!, { dataset: 'wine', epochs: 40, experiment_id, tags: ['b'] });
    const second = await submit(page, baseURL!, { dataset: 'wine', epochs: 40, experiment_id, lr: 0.1 });
    await reached(page, second, 'COMPLETED');
    const { dataset_id, model_id } = await reached(page, completed, 'COMPLETED');
    await reached(page, running, 'RUNNING');
    await visit('dashboard', '/');
    await visit('datasets', '/datasets');
    await visit('dataset', `/datasets/${dataset_id}`);
    await visit('train', `/train?dataset=${dataset_id}`);
    await page.locator('details.advanced summary').click();
    await check('train, advanced');
    await visit('jobs', '/jobs?columns=lr&columns=accuracy');
    await page.getByText(t('Columns'), { exact: true }).click();
    await check('jobs, columns');
    await page.getByText(t('Columns'), { exact: true }).click();
    await page.getByRole('checkbox', { name: t('Choose all') }).check();
    await expect(page.locator('.bulk-count')).toBeVisible();
    await page.getByText(t('How to ask')).click();
    await check('jobs, chosen');
    await visit('wrong query', '/jobs?query=lr%3C');
    await visit('experiments', '/experiments');
    await visit('experiment', `/experiments/${experiment_id}`);
    await page.getByText(t('Edit'), { exact: true }).click();
    await check('experiment, edited');
    await visit('compare', `/compare?jobs=${completed},${second}`);
    await open(page, `/jobs/${running}`);
    const points = page.locator('[data-points]').first();
    await expect.poll(async () => Number(await points.getAttribute('data-points'))).toBeGreaterThan(2);
    await check('running job');
    await visit('completed job', `/jobs/${completed}`);
    await expect(page.getByRole('heading', { name: t('Confusion') })).toBeVisible();
    await visit('models', '/models');
    await visit('model', `/models/${model_id}`);
    await visit('not found', '/nope');

    await open(page, `/jobs/${completed}`);
    await page.getByText(t('Share'), { exact: true }).click();
    await check('job, shared');
    await visit('settings', '/settings');
    await page.getByText(t('Make a token'), { exact: true }).click();
    await page.getByText(t('Delete my account'), { exact: true }).click();
    await page.getByRole('button', { name: t('Set up'), exact: true }).click();
    await expect(page.locator('svg.qr')).toBeVisible();
    await check('settings, opened');
    // Every component in every state: for those who change one, and so in English only.
    if (language === 'en') {
      await visit('design', '/design');
      await page.getByRole('button', { name: 'Toast to undo' }).click();
      await page.getByRole('button', { name: 'Toast of trouble' }).click();
      await expect(page.locator('.toast')).toHaveCount(2);
      await check('design, toasts');
      await page.getByRole('button', { name: 'Dialog', exact: true }).click();
      await expect(page.getByRole('dialog', { name: 'Dialog' })).toBeVisible();
      await check('design, dialog');
    }

    await open(page, '/');
    await page.getByRole('button', { name: t('Theme') }).click();
    await expect(page.getByRole('button', { name: t('System'), exact: true })).toBeVisible();
    await check('theme menu');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    const options = page.getByRole('option');
    await expect(options.first()).toBeVisible();
    await check('palette');
    await page.keyboard.type('wine');
    await expect(options.filter({ hasText: t('Dataset') })).toBeVisible();
    await check('palette, found');
    await page.keyboard.type(' and nothing else');
    await expect(page.getByText(t('Nothing found'))).toBeVisible();
    await check('palette, nothing found');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: t('Keyboard shortcuts') })).toBeVisible();
    await check('shortcuts');

    await page.request.post(`/api/training/${running}/stop`, { headers: { origin: baseURL! } });

    await page.context().clearCookies();
    await logIn(page, admin);
    await expect(page).toHaveURL('/');
    await page.request.post('/api/invitations', { headers, data: { email: 'somebody@example.org' } });
    await speak(page, baseURL!, language);
    await visit('people', '/admin/users');
    await page.getByRole('link', { name: t('Manage') }).filter({ hasText: t('Manage') }).first().click();
    await expect(page.getByText(t('Delete account'), { exact: true })).toBeVisible();
    await check('people, one of them');
    await visit('log', '/admin/users?tab=log');
    expect(found.join('\n')).toBe('');
  });
}
