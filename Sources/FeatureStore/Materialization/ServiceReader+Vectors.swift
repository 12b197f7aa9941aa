import Columnar

extension ServiceReader {
    /// The floats of a row.
    ///
    /// - Throws: `StoreError.badRequest` naming the first feature that is no number.
    public func vectorWidth() throws(StoreError) -> Int {
        if let width = vectorLayout.width { return width }
        let place = vectorLayout.widths.firstIndex(of: nil) ?? 0
        let feature = service.features[place]
        throw .badRequest(
            "\(feature.view.name):\(feature.feature.name) is \(feature.feature.type), which is no number; read rows, "
                + "or a service without it")
    }

    /// Reads each entity's numbers as float32, in the service's order of features: vectors flattened, booleans 0 or 1,
    /// NaN for what is null, unknown or too old. All rows are of one commit.
    ///
    /// - Parameters:
    ///   - columns: a column an input, in the order of `inputs`.
    ///   - target: room for a row of `vectorWidth()` floats an entity.
    /// - Throws: `StoreError.badRequest` if a feature is no number; `OnlineError` if a stored row is damaged.
    public func readVectors(
        _ columns: [Column], at now: Timestamp, into target: UnsafeMutableBufferPointer<Float>
    ) throws {
        let width = try vectorWidth()
        let count = entityCount(columns)
        precondition(target.count == count * width)
        guard frames == nil else {
            return try readComputedVectors(columns, count: count, width: width, at: now, into: target) {
                selection, row, writer in
                writer.begin()
                for place in views[selection].keyPlaces {
                    guard writer.append(columns[place], row, as: joinKeys[place].type) else { return nil }
                }
                return writer.key
            }
        }
        let encoded = views.map { view in view.keys.encode(view.keyPlaces.map { columns[$0] }) }
        try withExtendedLifetime(encoded) {
            try reader.readVectors(count: count, width: width, now: now, into: target) { selection, row, _ in
                encoded[selection].wholeBytes(at: row)
            }
        }
    }

    /// The same for keys that lie in a caller's memory; allocates nothing for a batch of some hundred keys.
    ///
    /// - Throws: `DataError` if a key does not fit its type, or there are fewer keys than rows; else as above.
    public func readVectors(
        _ keys: PlainKeys, at now: Timestamp, into target: UnsafeMutableBufferPointer<Float>
    ) throws {
        let width = try vectorWidth()
        precondition(target.count == keys.count * width)
        // Values of a request come in columns.
        guard requestPlaces.isEmpty else { return try readVectors(try columns(of: keys), at: now, into: target) }
        try keys.withEncoding(of: plainPlaces) { encoding in
            guard frames == nil else {
                return try readComputedVectors([], count: keys.count, width: width, at: now, into: target) {
                    selection, row, writer in
                    try encoding.encode(row, views[selection].plainPlaces, with: &writer)
                }
            }
            try reader.readVectors(count: keys.count, width: width, now: now, into: target) { selection, row, writer in
                try encoding.encode(row, views[selection].plainPlaces, with: &writer)
            }
        }
    }

    /// The same for one entity whose only join key is int64; allocates nothing.
    public func readVector(
        _ key: Int64, at now: Timestamp, into target: UnsafeMutableBufferPointer<Float>
    ) throws {
        let width = try vectorWidth()
        precondition(
            joinKeys.count == 1 && joinKeys[0].type == .int64 && inputs.count == 1 && requestPlaces.isEmpty
                && target.count == width)
        guard frames == nil else {
            return try readComputedVectors([], count: 1, width: width, at: now, into: target) { _, _, writer in
                writer.begin()
                writer.append(key)
                return writer.key
            }
        }
        try reader.readVectors(count: 1, width: width, now: now, into: target) { _, _, writer in
            writer.begin()
            writer.append(key)
            return writer.key
        }
    }
}
