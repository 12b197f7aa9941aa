import Foundation

/// Keeps damaged or malicious files from making us ask for more memory than the machine has: a few bytes can stand for
/// billions of values.
enum MemoryLimit {
    private static let physicalBytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))

    /// - Throws: if `bytes`, of one column or page, do not leave half of the machine's memory for the rest.
    static func check(_ bytes: Int) throws(DataError) {
        guard bytes <= physicalBytes / 2 else { throw isTooLarge(bytes) }
    }

    /// - Throws: if all columns of a table together do not fit into the machine's memory.
    static func check(total bytes: Int) throws(DataError) {
        guard bytes <= physicalBytes / 4 * 3 else { throw isTooLarge(bytes) }
    }

    private static func isTooLarge(_ bytes: Int) -> DataError {
        DataError(
            "needs \(bytes >> 20) MiB of memory, more than this machine can give; read fewer columns or write smaller row groups"
        )
    }

    /// - Throws: if `count` values of `width` bytes, of one column, do not leave half of the machine's memory for the rest.
    static func check(_ count: Int, width: Int) throws(DataError) {
        let (bytes, overflows) = count.multipliedReportingOverflow(by: width)
        try check(overflows ? .max : bytes)
    }
}
