import Columnar

/// Keeps a bounded number of a stream's rows, of which each has the same chance: those whose number's hash begins with enough
/// zeros. The same stream gives the same rows.
struct RowThinning {
    private let limit: Int
    private var level: UInt64 = 0
    private var next: UInt64 = 0
    private var kept: [(numbers: [UInt64], table: Table)] = []
    private var count = 0

    /// - Parameter limit: the most rows that are kept.
    init(limit: Int) { self.limit = max(1, limit) }

    var tables: [Table] { kept.map(\.table) }

    mutating func add(_ table: Table) {
        let numbers = (0..<UInt64(table.rowCount)).map { next + $0 }
        next += UInt64(table.rowCount)
        take(numbers, table)
        while count > limit {
            level += 1
            let pieces = kept
            (kept, count) = ([], 0)
            for piece in pieces { take(piece.numbers, piece.table) }
        }
    }

    private mutating func take(_ numbers: [UInt64], _ table: Table) {
        let places = level == 0 ? nil : (0..<Int32(numbers.count)).filter { isKept(numbers[Int($0)]) }
        guard let places else {
            kept.append((numbers, table))
            count += numbers.count
            return
        }
        guard !places.isEmpty else { return }
        kept.append((places.map { numbers[Int($0)] }, table.taking(places[...])))
        count += places.count
    }

    private func isKept(_ number: UInt64) -> Bool {
        withUnsafeBytes(of: number.littleEndian) { XXHash64.hash($0) } >> (64 - level) == 0
    }
}
