export * from './store.mjs';
