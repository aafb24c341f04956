/**
 * Features of Chromium that are off in tests, demo and eval. The last `--disable-features` counts, so
 * what Playwright 1.65 switches off is repeated here.
 */
export const DISABLED_FEATURES: readonly string[] = [
  // Two pages behind the address bar of every window, loaded before anybody types: with them, a new
  // window takes a third more processor time.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  // Playwright's, as far as they concern Linux.
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
];

/** Comes after `CHROMIUM_ARGS`, whose list it replaces. */
export function disableFeatures(names: readonly string[]): string {
  return `--disable-features=${names.join(',')}`;
}

/**
 * How tests, demo and eval start Chromium. Its headless shell has no WebGPU, its new headless mode
 * has; SwiftShader gives every machine the same adapter.
 */
export const CHROMIUM_ARGS: readonly string[] = [
  '--headless=new',
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  // Tabs that nobody looks at would otherwise be slowed down.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  disableFeatures(DISABLED_FEATURES),
];
