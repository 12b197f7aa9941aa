import Columnar

/// Tells the features of a view with aggregates from what is kept of a key, at a time.
///
/// A read takes: the key's single events; for the start of each window and for the time of asking, the chunk of each level
/// that it lies in, of which some tens of tiles are merged; and the base, for lifetimes. What windows share is merged once.
///
/// Invariant: used by one thread at a time, that of the context that owns it.
final class TileReader {
    private let view: String
    private let layout: TileLayout
    private let layoutNumber: UInt16
    private let levels: TileLevels
    private let plan: TilePlan
    private let scalars: [TileScalars]
    /// One a group.
    private let states: UnsafeMutableBufferPointer<AggregateState>
    /// Where the key's single events begin.
    private var offsets: [Int32] = []
    /// The key, and behind it what tells a chunk.
    private let chunkKey = UnsafeMutableRawBufferPointer.allocate(byteCount: EncodedKeys.maximumLength, alignment: 8)
    /// Whether a time that lies a little before the horizon is an error, too.
    private let isStrict: Bool
    /// The features' values after a read.
    private(set) var values: [Value]

    /// Clocks are set back, and others may write between a look at the clock and the read: so little is overlooked.
    private static let tolerance: Int64 = 5_000_000

    /// Where chunks are.
    struct Tiles {
        let pages: LMDBPages
        /// Nil where there are none of any key.
        let tree: LMDBTree?
    }

    /// Bytes that are not what they should be.
    struct Damage: Error {}

    init(
        _ plan: TilePlan, _ layout: TileLayout, number: UInt16, outputs: Int, view: String, isStrict: Bool = false
    ) {
        self.view = view
        self.plan = plan
        self.layout = layout
        layoutNumber = number
        levels = TileLevels(layout)
        scalars = layout.groups.map(TileScalars.init)
        states = .allocate(capacity: layout.groups.count)
        _ = states.initialize(from: layout.groups.map { AggregateState($0.state) })
        values = [Value](repeating: .null, count: outputs)
        self.isStrict = isStrict
    }

    deinit {
        states.deinitialize()
        states.deallocate()
        chunkKey.deallocate()
    }

    /// Reads the features of a key into `values`.
    ///
    /// - Parameters:
    ///   - stored: what is kept under the key; nil for nothing.
    ///   - time: of asking, microseconds.
    /// - Returns: when the last event happened that was known by then; nil for none.
    /// - Throws: `Damage`, `LMDBDamage`; `OnlineError` if the values of `time` cannot be told any more.
    func read(
        _ key: UnsafeRawBufferPointer, _ stored: UnsafeRawBufferPointer?, at time: Int64, _ tiles: Tiles
    ) throws -> Int64? {
        guard let stored else {
            for chain in plan.chains { tellOfNothing(chain, at: time) }
            return nil
        }
        guard let state = KeyState(stored), state.layoutNumber == layoutNumber, key.count <= TileKey.maximumKeyLength
        else { throw Damage() }
        var time = time
        if state.horizon > time {
            guard !isStrict, state.horizon - time <= Self.tolerance else { throw tooEarly(time, state.horizon) }
            time = state.horizon
        }
        try findEvents(state)
        if let start = key.baseAddress {
            chunkKey.copyMemory(from: UnsafeRawBufferPointer(start: start, count: key.count))
        }
        for chain in plan.chains { try tell(chain, state, keyLength: key.count, at: time, tiles) }
        return lastTime(state, before: time)
    }

    private func tellOfNothing(_ chain: TilePlan.Chain, at time: Int64) {
        for group in chain.groups { states[group].reset() }
        for step in chain.steps { tell(step, at: time) }
    }

    @inline(__always)
    private func tell(_ step: TilePlan.Step, at time: Int64) {
        for output in step.outputs {
            values[output.place] = states[output.group].value(
                of: output.function, over: step.window.length, at: Timestamp(microseconds: time), top: output.top)
        }
    }

    private func tell(
        _ chain: TilePlan.Chain, _ state: KeyState, keyLength: Int, at time: Int64, _ tiles: Tiles
    ) throws {
        for group in chain.groups { states[group].reset() }
        let (_, end) = chain.steps[0].window.bounds(at: time, hop: levels.hop)
        let boundary = state.boundary
        guard end >= boundary else { throw tooEarly(time, nil) }
        var before = end
        var event = offsets.count - 1
        while event >= 0, try self.event(event, state).time >= end { event -= 1 }
        for step in chain.steps {
            let start = step.window.bounds(at: time, hop: levels.hop).start
            if start < before {
                guard step.window.length == nil || start >= boundary else { throw tooEarly(time, nil) }
                while event >= 0 {
                    let next = try self.event(event, state)
                    guard next.time >= start else { break }
                    if next.isAvailable(at: time, layout.availability) {
                        try next.add(to: states, scalars, wanted: step.isWanted)
                    }
                    event -= 1
                }
                if state.hasChunks {
                    // Tiles hold nothing of after that, however long ago the key was written to.
                    let end = min(before, state.lastTime.clampedAdding(1))
                    try merge(from: max(start, boundary), to: end, keyLength, step.isWanted, tiles)
                }
                before = start
            }
            if step.window.length == nil, !state.base.isEmpty {
                try Tile.merge(state.base, into: states, wanted: step.isWanted)
            }
            tell(step, at: time)
        }
    }

    // MARK: - Single events

    private func findEvents(_ state: KeyState) throws {
        offsets.removeAll(keepingCapacity: true)
        var offset = state.eventsStart
        while offset < state.bytes.count {
            guard let event = TileEvent(state.bytes, at: offset), let place = Int32(exactly: offset) else {
                throw Damage()
            }
            offsets.append(place)
            offset += event.bytes.count
        }
        guard offsets.count == state.eventCount else { throw Damage() }
    }

    @inline(__always)
    private func event(_ number: Int, _ state: KeyState) throws -> TileEvent {
        guard let event = TileEvent(state.bytes, at: Int(offsets[number])) else { throw Damage() }
        return event
    }

    private func lastTime(_ state: KeyState, before time: Int64) -> Int64? {
        var last = state.lastTime
        for offset in offsets.reversed() {
            guard let event = TileEvent(state.bytes, at: Int(offset)), event.time < time,
                event.isAvailable(at: time, layout.availability)
            else { continue }
            last = max(last, event.time)
            break
        }
        return last == .min ? nil : last
    }

    // MARK: - Tiles

    private func merge(
        from start: Int64, to end: Int64, _ keyLength: Int, _ isWanted: [Bool], _ tiles: Tiles
    ) throws {
        guard let tree = tiles.tree, start < end else { return }
        guard levels.canSpan(from: start, to: end) else { throw Damage() }
        try levels.forEachPiece(from: start, to: end) { level, chunk, range in
            guard let bytes = try self.chunk(level, chunk, keyLength, tree, tiles.pages) else { return }
            if level == 0, levels.hop == nil {
                try addEvents(of: bytes, in: range, isWanted)
            } else {
                try mergeTiles(of: bytes, chunk, level, in: range, isWanted)
            }
        }
    }

    private func chunk(
        _ level: Int, _ start: Int64, _ keyLength: Int, _ tree: LMDBTree, _ pages: LMDBPages
    ) throws -> UnsafeRawBufferPointer? {
        guard let base = chunkKey.baseAddress else { return nil }
        TileKey.write(level: level, start: start, to: base + keyLength)
        var lookup = try LMDBLookup(
            UnsafeRawBufferPointer(start: base, count: keyLength + TileKey.suffixLength), in: tree, pages)
        try withUnsafeMutablePointer(to: &lookup) { try pages.find(UnsafeMutableBufferPointer(start: $0, count: 1)) }
        return lookup.value
    }

    private func addEvents(of bytes: UnsafeRawBufferPointer, in range: Range<Int64>, _ isWanted: [Bool]) throws {
        var offset = 0
        while offset < bytes.count {
            guard let event = TileEvent(bytes, at: offset) else { throw Damage() }
            offset += event.bytes.count
            if event.time >= range.upperBound { return }
            if event.time >= range.lowerBound { try event.add(to: states, scalars, wanted: isWanted) }
        }
    }

    private func mergeTiles(
        of bytes: UnsafeRawBufferPointer, _ start: Int64, _ level: Int, in range: Range<Int64>, _ isWanted: [Bool]
    ) throws {
        guard let chunk = TileChunk(bytes) else { throw Damage() }
        let length = levels.tileLength(level)
        for number in 0..<chunk.count {
            let time = start &+ Int64(chunk.place(number)) &* length
            guard range.contains(time) else { continue }
            guard let tile = chunk.tile(number) else { throw Damage() }
            try Tile.merge(tile, into: states, wanted: isWanted)
        }
    }

    private func tooEarly(_ time: Int64, _ horizon: Int64?) -> OnlineError {
        let asked = Timestamp(microseconds: time)
        guard let horizon else {
            return OnlineError(
                "what windows at \(asked) looked back on is no longer kept online; read a later time, or a "
                    + "training set", view: view)
        }
        return OnlineError(
            "its windows at \(asked) can no longer be told: events up to \(Timestamp(microseconds: horizon)) are summed up "
                + "online; read a later time, or a training set", view: view)
    }
}
