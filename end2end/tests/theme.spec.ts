// Light and dark by choice: at once with a script, by a form without one, and in the server's document ever after.
import type { Page } from '@playwright/test';
import { expect, picture, test } from '../fixtures/athanor';

const DARK = 'rgb(20, 19, 18)';
const LIGHT = 'rgb(251, 250, 248)';

async function choose(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('button', { name, exact: true }).click();
}

test('a theme is chosen, remembered, and left to the system again', async ({ page, person }) => {
  void person;
  const [root, body] = [page.locator('html'), page.locator('body')];
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/jobs');
  await expect(root).not.toHaveAttribute('data-theme');
  await expect(body).toHaveCSS('background-color', LIGHT);
  await page.getByRole('button', { name: 'Theme' }).click();
  await expect(page.getByRole('button', { name: 'System', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await picture(page, 'theme-menu');
  await page.getByRole('button', { name: 'Dark', exact: true }).click();
  await expect(root).toHaveAttribute('data-theme', 'dark');
  await expect(page).toHaveURL(/\/jobs\??$/);
  await expect(body).toHaveCSS('background-color', DARK);

  // No flash: it is there before any script has run.
  const answer = await page.goto('/models');
  expect(await answer!.text()).toContain(' data-theme="dark"');
  await expect(body).toHaveCSS('background-color', DARK);

  await page.emulateMedia({ colorScheme: 'dark' });
  await choose(page, 'Light');
  await expect(root).toHaveAttribute('data-theme', 'light');
  await expect(body).toHaveCSS('background-color', LIGHT);
  await choose(page, 'System');
  await expect(root).not.toHaveAttribute('data-theme');
  await expect(body).toHaveCSS('background-color', DARK);
  const plain = await page.goto('/models');
  expect(await plain!.text()).not.toContain('data-theme=');
});

test('signed-out visitors have the choice, too', async ({ page }) => {
  for (const path of ['/login', '/register']) {
    await page.goto(path);
    await choose(page, 'Dark');
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await expect(page).toHaveURL(new RegExp(`${path}\\??$`));
    await choose(page, 'System');
    await expect(page.locator('html')).not.toHaveAttribute('data-theme');
  }
});

test('what needs a script is not offered without one', async ({ page, person }) => {
  void person;
  const search = page.getByRole('button', { name: 'Search' });
  await (test.info().project.name === 'js' ? expect(search).toBeVisible() : expect(search).toBeHidden());
});
