import Columnar

/// The online store as of one commit, for the selections of a reader; valid only inside `OnlineReader.withSnapshot`.
struct OnlineSnapshot {
    let context: ReadContext
    let snapshot: LMDBSnapshot

    /// Reads one row's numbers as float32 (`OnlineReader.readFloats`).
    @inline(__always)
    func readFloats(
        _ key: UnsafeRawBufferPointer, selection: Int, now: Timestamp, into target: UnsafeMutableBufferPointer<Float>
    ) throws -> FeatureStatus {
        let view = context.views[selection]
        guard let (row, projection) = try view.row(for: key, snapshot, context.records) else {
            target.update(repeating: .nan)
            return .notFound
        }
        guard !view.isOver(row, projection, now: now) else {
            target.update(repeating: .nan)
            return .outsideMaxAge
        }
        var position = 0
        projection.slots.withUnsafeBufferPointer { slots in
            for slot in slots { row.write(slot, to: target, at: &position) }
        }
        return .present
    }

    /// The rows of `keys`, column by column.
    ///
    /// - Throws: `OnlineError` if a stored row is damaged; `LMDBError`.
    func rows(of keys: EncodedKeys, selection: Int, now: Timestamp) throws -> OnlineRows {
        let view = context.views[selection]
        var found = FoundRows(view: view, count: keys.count)
        for position in 0..<keys.count {
            let key = keys.bytes(at: position)
            guard !keys.isNull(position), let (row, projection) = try view.row(for: key, snapshot, context.records)
            else {
                found.append(.notFound)
                continue
            }
            found.append(.found(row, projection, isOver: view.isOver(row, projection, now: now), key))
        }
        return try found.columns()
    }
}

extension StoredRow {
    /// Writes one feature as float32, NaN for null, and moves `position` behind it.
    @inline(__always)
    fileprivate func write(
        _ slot: RowProjection.Slot, to target: UnsafeMutableBufferPointer<Float>, at position: inout Int
    ) {
        if case .vector(let count) = slot.type {
            precondition(position + count <= target.count)
            let isNull = isNull(slot)
            for element in 0..<count {
                target[position + element] = isNull ? .nan : load(slot, as: Float.self, element: element)
            }
            position += count
            return
        }
        precondition(position < target.count)
        target[position] = isNull(slot) ? .nan : float(slot)
        position += 1
    }

    @inline(__always)
    private func float(_ slot: RowProjection.Slot) -> Float {
        switch slot.type {
        case .bool: load(slot, as: UInt8.self) == 0 ? 0 : 1
        case .int32: Float(load(slot, as: Int32.self))
        case .int64: Float(load(slot, as: Int64.self))
        case .float32: load(slot, as: Float.self)
        case .float64: Float(load(slot, as: Double.self))
        case .string, .bytes, .timestamp, .vector: .nan
        }
    }
}
