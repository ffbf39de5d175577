// Types of the packing, as far as it is used here.

/** @param mode 1 to 9: how hard it tries */
export function compress(data: Uint8Array, mode?: number): Uint8Array
/** @throws for what is not packed */
export function decompress(data: Uint8Array): Uint8Array
