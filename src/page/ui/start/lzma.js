// The door to lzma1, whose own types are its source, written for a laxer compiler than ours.

export { compress, decompress } from 'lzma1'
