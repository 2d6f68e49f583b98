/*
 * Where the tests find a browser.
 */

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'chrome.exe']
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
]

/** A Chromium or a Chrome of this machine: that of GMP_CHROMIUM, of the PATH, or where its installer puts it. */
export function findChromium(): string | undefined {
  const { GMP_CHROMIUM: asked, PATH = '' } = process.env
  if (asked !== undefined) return asked === '' ? undefined : asked
  const candidates = PATH.split(delimiter).flatMap((dir) => NAMES.map((name) => join(dir, name)))
  return [...candidates, ...PLACES].find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
