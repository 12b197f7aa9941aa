import Foundation

/// Keeps damaged or malicious files from making us ask for more memory than the machine has.
enum MemoryLimit {
    private static let physicalBytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))

    /// - Throws: if `bytes` do not fit into the machine's memory.
    static func check(_ bytes: Int) throws(DataError) {
        guard bytes <= physicalBytes else {
            throw DataError(
                "needs \(bytes >> 20) MiB of memory, more than this machine has; read fewer columns or write smaller row groups"
            )
        }
    }

    /// - Throws: if `count` values of `width` bytes do not fit into the machine's memory.
    static func check(_ count: Int, width: Int) throws(DataError) {
        let (bytes, overflows) = count.multipliedReportingOverflow(by: width)
        try check(overflows ? .max : bytes)
    }
}
