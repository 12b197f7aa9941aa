import Columnar

extension ServiceReader {
    /// What a read of `columns` is about: as many entities as they have rows; one, where nothing has to be given.
    public func entityCount(_ columns: [Column]) -> Int {
        precondition(columns.count == inputs.count && columns.allSatisfy { $0.count == columns[0].count })
        return columns.first?.count ?? 1
    }

    /// The steps' values for a batch whose rows were found, by step; empty where a step is not among what is given.
    func computed(_ found: [FoundRows], _ columns: [Column], count: Int, at now: Timestamp) -> [Column] {
        guard let pool = frames else { return [] }
        return pool.withFrames { frames in
            var builders = frames.results.map { ColumnBuilder($0.type.dataType) }
            for start in stride(from: 0, to: count, by: OnDemandFrames.capacity) {
                let rows = start..<min(start + OnDemandFrames.capacity, count)
                frames.begin(count: rows.count)
                for (place, slot) in readSlots.enumerated() where isInput[place] {
                    for row in rows {
                        frames.set(place, row: row - start, found[slot.view].value(slot.slot, of: row).value)
                    }
                }
                for (place, input) in requestPlaces.enumerated() {
                    frames.set(request: place, columns[input], rows: rows)
                }
                frames.run(at: now)
                for step in givenSteps {
                    let result = frames.results[step]
                    for row in 0..<rows.count { builders[step].append(result.value(row), as: result.type) }
                }
            }
            return builders.indices.map { builders[$0].finish() }
        }
    }

    /// Reads vectors of a service with on-demand features; allocates nothing for keys that are at hand.
    ///
    /// - Parameters:
    ///   - columns: the inputs, of which the request fields are read here.
    ///   - key: the bytes of a row's key for a selection, as `OnlineReader.readVectors` takes it.
    @inline(__always)
    func readComputedVectors(
        _ columns: [Column], count: Int, width: Int, at now: Timestamp,
        into target: UnsafeMutableBufferPointer<Float>,
        key: (_ selection: Int, _ row: Int, _ writer: inout KeyWriter) throws -> UnsafeRawBufferPointer?
    ) throws {
        guard let pool = frames, let start = target.baseAddress else { return }
        try pool.withFrames { frames in
            try reader.readVectors(
                count: count, groupRows: OnDemandFrames.capacity, width: width, now: now, into: target, key: key,
                begin: { frames.begin(count: $0.count) },
                found: { selection, row, stored, projection in
                    for input in inputSlots[selection] {
                        let value: ServedValue =
                            if let stored, let projection, !stored.isNull(projection.slots[input.slot]) {
                                stored.value(projection.slots[input.slot])
                            } else {
                                .none
                            }
                        frames.set(input.place, row: row, value)
                    }
                },
                end: { rows in
                    for (place, input) in requestPlaces.enumerated() {
                        frames.set(request: place, columns[input], rows: rows)
                    }
                    frames.run(at: now)
                    for output in computedOutputs {
                        let result = frames.results[output.step]
                        for row in rows {
                            result.write(row - rows.lowerBound, to: start + row * width + output.offset)
                        }
                    }
                })
        }
    }
}

extension Column {
    /// A row's value where it lies; good while the column lives.
    @inline(__always)
    func served(_ row: Int, as type: FeatureType) -> ServedValue {
        if isNull(row) { return .none }
        switch type {
        case .bool: return .bool(bits[row])
        case .int32: return .int(Int64(elements(as: Int32.self)[row]))
        case .int64: return .int(elements(as: Int64.self)[row])
        case .float32: return .float32(elements(as: Float.self)[row])
        case .float64: return .float64(elements(as: Double.self)[row])
        case .timestamp: return .timestamp(elements(as: Int64.self)[row])
        case .string: return .string(bytes(at: row))
        case .bytes: return .bytes(bytes(at: row))
        case .vector(let count):
            guard let elements = child?.elements(as: Float.self).baseAddress else { return .none }
            return .vector(UnsafeRawBufferPointer(start: elements + row * count, count: 4 * count))
        }
    }
}
