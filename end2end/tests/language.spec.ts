// English and Persian by choice: at once with a script, by a form without one, and in the server's document ever after.
import type { Page } from '@playwright/test';
import { choose, said, speak, type Language } from '../fixtures/language';
import { another, expect, picture, test } from '../fixtures/athanor';

async function isIn(page: Page, language: Language): Promise<void> {
  await expect(page.locator('html')).toHaveAttribute('lang', language);
  await expect(page.locator('html')).toHaveAttribute('dir', language === 'fa' ? 'rtl' : 'ltr');
}

test('a language is chosen and remembered', async ({ page, person }) => {
  void person;
  await page.goto('/jobs');
  await isIn(page, 'en');
  await page.getByRole('button', { name: 'Language' }).click();
  await expect(page.getByRole('button', { name: 'English', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await picture(page, 'language-menu');
  await page.getByRole('button', { name: 'فارسی', exact: true }).click();
  await isIn(page, 'fa');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('کارها');
  await expect(page).toHaveURL(/\/jobs\??$/);

  const answer = await page.goto('/models');
  expect(await answer!.text()).toContain('<html lang="fa" dir="rtl"');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('مدل‌ها');

  await choose(page, 'fa', 'en');
  await isIn(page, 'en');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Models');
});

test('signed-out visitors have the choice, too', async ({ page }) => {
  for (const path of ['/login', '/register', '/reset?link=x']) {
    await page.goto(path);
    await choose(page, 'en', 'fa');
    await isIn(page, 'fa');
    await choose(page, 'fa', 'en');
    await isIn(page, 'en');
  }
});

test('what the server refuses is said in Persian', async ({ page, person, browser, baseURL }) => {
  const visitor = await another(browser, baseURL!, test.info().project.name === 'js');
  await speak(visitor, baseURL!, 'fa');
  await visitor.goto('/login');
  await visitor.getByLabel(said('E-mail', 'fa')).fill(person.email);
  await visitor.getByLabel(said('Password', 'fa')).fill('a wrong password');
  await visitor.locator('main form [type=submit]').click();
  await expect(visitor.getByRole('alert')).toHaveText(said('E-mail or password is wrong.', 'fa'));

  await speak(page, baseURL!, 'fa');
  await page.goto('/train');
  await page.locator('details.advanced summary').click();
  await page.getByLabel(said('Learning rate', 'fa'), { exact: true }).fill('تند');
  await page.getByLabel(said('Epochs', 'fa'), { exact: true }).fill('۷۷');
  await page.getByRole('button', { name: said('Start training', 'fa') }).click();
  await expect(page.getByRole('alert')).toHaveText(/[آ-ی]/);
  await expect(page.getByRole('alert')).not.toHaveText(/[A-Za-z]|دوره/);
});
