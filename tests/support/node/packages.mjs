// SPDX-License-Identifier: MIT
// Lets the scripts beside this one import packages by name: bin/install-packages keeps them below build/.
import { registerHooks } from 'node:module';

const ours = new URL('.', import.meta.url).href;
const packages = new URL('../../../build/node/', import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const byName = !/^(\.|\/|[a-z]+:)/.test(specifier);
    const fromUs = context.parentURL?.startsWith(ours);
    return next(specifier, byName && fromUs ? { ...context, parentURL: packages } : context);
  },
});
