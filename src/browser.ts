// The public API for browsers: the same functions, in one file that needs nothing of Node.

export * from './index.ts'
