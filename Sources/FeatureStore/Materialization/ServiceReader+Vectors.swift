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
    ///   - keys: a column a join key, in the order of `joinKeys`.
    ///   - target: room for a row of `vectorWidth()` floats an entity.
    /// - Throws: `StoreError.badRequest` if a feature is no number; `OnlineError` if a stored row is damaged.
    public func readVectors(
        _ keys: [Column], at now: Timestamp, into target: UnsafeMutableBufferPointer<Float>
    ) throws {
        let width = try vectorWidth()
        precondition(keys.count == joinKeys.count && !keys.isEmpty && target.count == keys[0].count * width)
        let encoded = views.map { view in view.keys.encode(view.keyPlaces.map { keys[$0] }) }
        try reader.withSnapshot { snapshot in
            for (selection, view) in views.enumerated() {
                let keys = encoded[selection]
                try withExtendedLifetime(keys) {
                    try Self.fill(target, width, keys.count, view.part) { row, place in
                        if keys.isNull(row) { return place.update(repeating: .nan) }
                        _ = try snapshot.readFloats(keys.bytes(at: row), selection: selection, now: now, into: place)
                    }
                }
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
        try keys.withEncoding(of: plainPlaces) { encoding in
            try withUnsafeTemporaryAllocation(byteCount: KeyWriter.capacity, alignment: 8) { memory in
                var writer = KeyWriter(memory)
                try reader.withSnapshot { snapshot in
                    for (selection, view) in views.enumerated() {
                        try Self.fill(target, width, keys.count, view.part) { row, place in
                            guard let key = try encoding.encode(row, view.plainPlaces, with: &writer) else {
                                return place.update(repeating: .nan)
                            }
                            _ = try snapshot.readFloats(key, selection: selection, now: now, into: place)
                        }
                    }
                }
            }
        }
    }

    /// Has `read` write each row's floats of one view, and puts them where they belong in the rows of `target`.
    @inline(__always)
    private static func fill(
        _ target: UnsafeMutableBufferPointer<Float>, _ width: Int, _ count: Int, _ part: VectorPart,
        read: (_ row: Int, _ place: UnsafeMutableBufferPointer<Float>) throws -> Void
    ) throws {
        if part.isContiguous {
            for row in 0..<count { try read(row, part.place(in: target, from: row * width)) }
            return
        }
        try withUnsafeTemporaryAllocation(of: Float.self, capacity: part.width) { scratch in
            for row in 0..<count {
                try read(row, scratch)
                part.spread(scratch, over: target, from: row * width)
            }
        }
    }
}

/// The floats of one view within a row's vector.
struct VectorPart: Sendable {
    let width: Int
    let isContiguous: Bool
    /// Where each feature's floats come from in the view's part, go to in the row, and how many they are.
    private let runs: [(source: Int, target: Int, count: Int)]

    init(of places: [Int], in layout: VectorLayout) {
        var runs: [(source: Int, target: Int, count: Int)] = []
        var next = 0
        for place in places {
            let count = layout.widths[place] ?? 0
            if let last = runs.last, last.target + last.count == layout.offsets[place] {
                runs[runs.count - 1].count += count
            } else {
                runs.append((next, layout.offsets[place], count))
            }
            next += count
        }
        self.runs = runs
        width = next
        isContiguous = runs.count == 1
    }

    /// The place of a contiguous part in the row that starts at `start`.
    @inline(__always)
    func place(
        in target: UnsafeMutableBufferPointer<Float>, from start: Int
    ) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(rebasing: target[start + runs[0].target..<start + runs[0].target + width])
    }

    func spread(
        _ part: UnsafeMutableBufferPointer<Float>, over target: UnsafeMutableBufferPointer<Float>, from start: Int
    ) {
        for run in runs {
            for i in 0..<run.count { target[start + run.target + i] = part[run.source + i] }
        }
    }
}
