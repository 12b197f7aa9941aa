import Columnar

/// Memory for keys that are looked for together.
///
/// Invariant: used by one thread at a time, that of the context that owns it.
final class LookupGroup: @unchecked Sendable {
    /// Enough keys to keep the memory busy, few enough for the nearest cache.
    static let size = 16

    let lookups = UnsafeMutablePointer<LMDBLookup>.allocate(capacity: size)
    /// Which selection and row each lookup is for.
    let origins = UnsafeMutablePointer<(selection: Int, row: Int)>.allocate(capacity: size)
    private let keys = UnsafeMutableRawPointer.allocate(byteCount: size * KeyWriter.capacity, alignment: 64)

    deinit {
        lookups.deallocate()
        origins.deallocate()
        keys.deallocate()
    }

    /// Writes to the memory of one lookup's key.
    @inline(__always)
    func writer(_ lookup: Int) -> KeyWriter {
        KeyWriter(
            UnsafeMutableRawBufferPointer(start: keys + lookup * KeyWriter.capacity, count: KeyWriter.capacity))
    }
}

extension ReadContext {
    /// Finds the rows of `count` entities in all views, and hands each over to `body` where it lies in the map: nil where
    /// there is none. Called within `reading`.
    ///
    /// - Parameter key: the bytes of a row's key for a selection, perhaps written with the writer; nil for a key that
    ///   cannot be stored.
    /// - Throws: what the closures throw, and `LMDBError` if the file is damaged.
    @inline(__always)
    func find(
        count: Int,
        key: (_ selection: Int, _ row: Int, _ writer: inout KeyWriter) throws -> UnsafeRawBufferPointer?,
        _ body: (_ selection: Int, _ row: Int, _ key: LMDBKey, _ value: UnsafeRawBufferPointer?) throws -> Void
    ) throws {
        let pages = reader.pages
        var used = 0
        for selection in views.indices {
            let tree = views[selection].tree
            for row in 0..<count {
                var writer = group.writer(used)
                guard let tree, let bytes = try key(selection, row, &writer) else {
                    try body(selection, row, .none, nil)
                    continue
                }
                try group.set(used, bytes, tree, (selection, row), pages, reader)
                used += 1
                guard used == LookupGroup.size else { continue }
                try group.find(used, pages, reader)
                for i in 0..<used { try handOver(i, to: body) }
                used = 0
            }
        }
        try group.find(used, pages, reader)
        for i in 0..<used { try handOver(i, to: body) }
    }

    @inline(__always)
    private func handOver(
        _ lookup: Int,
        to body: (_ selection: Int, _ row: Int, _ key: LMDBKey, _ value: UnsafeRawBufferPointer?) throws -> Void
    ) throws {
        let (selection, row) = group.origins[lookup]
        try body(selection, row, group.lookups[lookup].key, group.lookups[lookup].value)
    }
}

extension LookupGroup {
    @inline(__always)
    fileprivate func set(
        _ lookup: Int, _ key: UnsafeRawBufferPointer, _ tree: LMDBTree, _ origin: (selection: Int, row: Int),
        _ pages: LMDBPages, _ reader: LMDBReader
    ) throws(LMDBError) {
        do throws(LMDBDamage) {
            lookups[lookup] = try LMDBLookup(key, in: tree, pages)
        } catch {
            throw reader.damaged
        }
        origins[lookup] = origin
    }

    @inline(__always)
    fileprivate func find(_ count: Int, _ pages: LMDBPages, _ reader: LMDBReader) throws(LMDBError) {
        do throws(LMDBDamage) {
            try pages.find(UnsafeMutableBufferPointer(start: lookups, count: count))
        } catch {
            throw reader.damaged
        }
    }
}
