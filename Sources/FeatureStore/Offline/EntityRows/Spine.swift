import Columnar

/// Rows made by rule: each key at each step of time, by key, then time.
struct Spine {
    /// Rows are numbered in 32 bits.
    static let maximumRows = Int(Int32.max)

    let every: TimeSpan
    let from: Timestamp
    /// The first time that is no step any more.
    let to: Timestamp

    /// How many steps there are.
    ///
    /// - Precondition: `from < to`, and steps are longer than nothing.
    var stepCount: Int {
        // The distance of two times may be more than an Int64 holds.
        let distance = UInt64(bitPattern: to.microseconds) &- UInt64(bitPattern: from.microseconds)
        return Int(clamping: (distance - 1) / UInt64(every.microseconds) + 1)
    }

    /// `keys`, each row of it at each step, with a column of times behind.
    ///
    /// - Throws: `StoreError.badRequest` if there would be more rows than can be numbered. Complexity: O(rows).
    func rows(of keys: Table) throws(StoreError) -> Table {
        let steps = stepCount
        let (count, isTooMany) = keys.rowCount.multipliedReportingOverflow(by: steps)
        guard !isTooMany, count <= Self.maximumRows else {
            throw .badRequest(
                "\(keys.rowCount) keys at \(steps) steps would be more than \(Self.maximumRows) rows: take a sample of the "
                    + "keys, longer steps, or less time")
        }
        var indices = [Int32](repeating: 0, count: count)
        let times = MutableBuffer(uninitialized: count * 8)
        let targets = times.elements(as: Int64.self)
        var place = 0
        for key in 0..<Int32(keys.rowCount) {
            var time = from.microseconds
            for _ in 0..<steps {
                indices[place] = key
                targets[place] = time
                time &+= every.microseconds
                place += 1
            }
        }
        let repeated = keys.taking(indices[...])
        return Table(
            fields: keys.fields + [Field(ViewLayout.eventColumn, .instant, isNullable: false)],
            columns: repeated.columns + [Column(.instant, count: count, values: times.freeze())], rowCount: count)
    }
}
