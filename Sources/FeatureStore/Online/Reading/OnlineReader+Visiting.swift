import Columnar

extension OnlineReader {
    /// Hands over each row of a batch where it lies, in no order; nil for a key that has none, or one that is too old.
    ///
    /// For readers that may only read, rows may be handed over more than once, of which the last time counts.
    ///
    /// - Parameters:
    ///   - key: the bytes of a row's key for a selection, perhaps written with the writer; nil for a key that cannot be
    ///     stored.
    ///   - body: must neither keep the row nor use the store in another way, and should be short. The row is as long as its
    ///     schema says; whether its texts lie within it is checked when they are looked up.
    /// - Throws: what `key` throws; `OnlineError` if a stored row is damaged; `LMDBError`.
    @inline(__always)
    func visitRows(
        count: Int, now: Timestamp,
        key: (_ selection: Int, _ row: Int, _ writer: inout KeyWriter) throws -> UnsafeRawBufferPointer?,
        _ body: (_ selection: Int, _ row: Int, _ found: (StoredRow, RowProjection)?) throws -> Void
    ) throws {
        try contexts.withContext { context in
            try context.reading {
                try context.find(count: count, key: key) { selection, row, key, value in
                    let view = context.views[selection]
                    view.computed?.reset()
                    try body(selection, row, try context.given(value, key, of: view, now: now))
                }
            }
        }
    }
}
