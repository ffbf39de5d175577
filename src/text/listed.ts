// Lists that are cut.

/** The first few, and how many more there are: `a, b and 3 more`. */
export function listed(items: readonly string[], most = 8, separator = ', '): string {
  return items.length > most
    ? `${items.slice(0, most).join(separator)} and ${items.length - most} more`
    : items.join(separator)
}
