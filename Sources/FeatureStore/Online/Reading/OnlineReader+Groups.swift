import Columnar

extension OnlineReader {
    /// Reads vectors as `readVectors` does, group by group, so that something can be computed of a group's rows while they
    /// lie where they are.
    ///
    /// - Parameters:
    ///   - groupRows: rows of a group, at most.
    ///   - begin: called before each group, with its rows.
    ///   - found: called for each selection and row of the group, numbered from its start; nil where there is no row, or
    ///     one that is too old.
    ///   - end: called after each group; what was found is still there.
    @inline(__always)
    func readVectors(
        count: Int, groupRows: Int, width: Int, now: Timestamp, into target: UnsafeMutableBufferPointer<Float>,
        key: (_ selection: Int, _ row: Int, _ writer: inout KeyWriter) throws -> UnsafeRawBufferPointer?,
        begin: (Range<Int>) -> Void,
        found: (_ selection: Int, _ row: Int, StoredRow?, RowProjection?) -> Void,
        end: (Range<Int>) -> Void
    ) throws {
        precondition(target.count == count * width)
        guard let base = target.baseAddress, count > 0 else { return }
        try contexts.withContext { context in
            try context.reading {
                for start in stride(from: 0, to: count, by: groupRows) {
                    let rows = start..<min(start + groupRows, count)
                    begin(rows)
                    for view in context.views { view.computed?.reset() }
                    try context.find(
                        count: rows.count,
                        key: { selection, row, writer in try key(selection, start + row, &writer) },
                        { selection, row, key, value in
                            let view = context.views[selection]
                            let vector = base + (start + row) * width
                            guard let (stored, projection) = try context.given(value, key, of: view, now: now) else {
                                view.missing.writeNaNs(to: vector)
                                return found(selection, row, nil, nil)
                            }
                            guard projection.variableBytesFit(stored) else { throw view.damaged(key) }
                            projection.floats?.write(stored, to: vector)
                            found(selection, row, stored, projection)
                        })
                    end(rows)
                }
            }
        }
    }
}
