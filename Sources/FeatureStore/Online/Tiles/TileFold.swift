import Columnar

/// Moves single events of a key to tiles, and tiles that no window needs to the key's base.
///
/// Which tiles there are follows from the events alone, and their states too, whatever the order and grouping in which events
/// came. So what is told of a key does not depend on when events were moved.
///
/// Invariant: used by one thread, within one transaction.
final class TileFold {
    let layout: TileLayout
    private let levels: TileLevels
    private let scalars: [TileScalars]
    private let isKept: [Bool]
    private let isLifetime: [Bool]
    private let states: UnsafeMutableBufferPointer<AggregateState>

    /// A key's chunks in the database.
    protocol Chunks {
        /// A chunk's bytes, good until the next call; nil where there is none.
        mutating func chunk(_ level: Int, _ start: Int64) throws -> UnsafeRawBufferPointer?
        mutating func put(_ bytes: [UInt8], _ level: Int, _ start: Int64) throws
        mutating func remove(_ level: Int, _ start: Int64) throws
        /// Where the chunks of a level begin that begin before `end`, ascending.
        mutating func starts(of level: Int, before end: Int64) throws -> [Int64]
    }

    init(_ layout: TileLayout) {
        self.layout = layout
        levels = TileLevels(layout)
        scalars = layout.groups.map(TileScalars.init)
        isKept = layout.groups.map(\.isKept)
        isLifetime = layout.groups.map { $0.isKept && $0.hasLifetime }
        states = .allocate(capacity: layout.groups.count)
        _ = states.initialize(from: layout.groups.map { AggregateState($0.state) })
    }

    deinit {
        states.deinitialize()
        states.deallocate()
    }

    private func reset() { for group in states.indices { states[group].reset() } }

    /// Adds events, which ascend by time and lie behind the boundary, to the tiles of all levels.
    func add(_ events: ArraySlice<TileEvent>, to chunks: inout some Chunks) throws {
        for level in 0..<levels.count {
            var rest = events
            while let first = rest.first {
                let start = first.time.floored(to: levels.spans[level])
                let end = start.clampedAdding(levels.spans[level])
                let inChunk = rest.prefix { $0.time < end }
                rest = rest[inChunk.endIndex...]
                if level == 0, levels.hop == nil {
                    try chunks.put(try merged(inChunk, with: chunks.chunk(level, start)), level, start)
                } else {
                    try add(inChunk, toTilesOf: level, start, &chunks)
                }
            }
        }
    }

    /// The bytes of single events, some of them in a chunk.
    private func merged(_ events: ArraySlice<TileEvent>, with chunk: UnsafeRawBufferPointer?) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = events
        if let chunk {
            bytes.reserveCapacity(chunk.count + events.reduce(0) { $0 + $1.bytes.count })
            var offset = 0
            while offset < chunk.count {
                guard let event = TileEvent(chunk, at: offset) else { throw TileReader.Damage() }
                offset += event.bytes.count
                while let next = rest.first, next.time < event.time {
                    bytes += next.bytes
                    rest.removeFirst()
                }
                bytes += event.bytes
            }
        }
        for event in rest { bytes += event.bytes }
        return bytes
    }

    private func add(
        _ events: ArraySlice<TileEvent>, toTilesOf level: Int, _ start: Int64, _ chunks: inout some Chunks
    ) throws {
        let length = levels.tileLength(level)
        var tiles = [[UInt8]?](repeating: nil, count: Int(TileLayout.fanOut))
        if let bytes = try chunks.chunk(level, start) {
            guard let chunk = TileChunk(bytes) else { throw TileReader.Damage() }
            for number in 0..<chunk.count {
                guard let tile = chunk.tile(number), chunk.place(number) < tiles.count else {
                    throw TileReader.Damage()
                }
                tiles[chunk.place(number)] = Array(tile)
            }
        }
        var rest = events
        while let first = rest.first {
            let place = Int((first.time - start) / length)
            let end = start.clampedAdding(Int64(place + 1) &* length)
            reset()
            try tiles[place]?.withUnsafeBytes { try Tile.merge($0, into: states, wanted: isKept) }
            while let next = rest.first, next.time < end {
                try next.add(to: states, scalars, wanted: isKept)
                rest.removeFirst()
            }
            tiles[place] = Tile.encoded(states)
        }
        try chunks.put(TileChunk.encoded(tiles), level, start)
    }

    /// Adds events to a base: for lifetimes only, of whatever time.
    func add(_ events: ArraySlice<TileEvent>, toBase base: inout [UInt8]) throws {
        guard layout.hasLifetime, !events.isEmpty else { return }
        reset()
        if !base.isEmpty { try base.withUnsafeBytes { try Tile.merge($0, into: states, wanted: isLifetime) } }
        for event in events { try event.add(to: states, scalars, wanted: isLifetime) }
        base = Tile.encoded(states)
    }

    /// Takes what lies before `boundary`, to which the boundary moves, out of the tiles and into the base.
    func expire(before boundary: Int64, _ header: inout KeyHeader, _ chunks: inout some Chunks) throws {
        guard header.hasChunks else { return }
        if layout.hasLifetime {
            reset()
            if !header.base.isEmpty {
                try header.base.withUnsafeBytes { try Tile.merge($0, into: states, wanted: isLifetime) }
            }
            // Tiles of level 1 end where boundaries are.
            for start in try chunks.starts(of: 1, before: boundary) {
                guard let bytes = try chunks.chunk(1, start) else { continue }
                guard let chunk = TileChunk(bytes) else { throw TileReader.Damage() }
                for number in 0..<chunk.count {
                    guard let tile = chunk.tile(number) else { throw TileReader.Damage() }
                    try Tile.merge(tile, into: states, wanted: isLifetime)
                }
            }
            header.base = Tile.encoded(states)
        }
        for level in 0..<levels.count {
            for start in try chunks.starts(of: level, before: boundary)
            where start.clampedAdding(levels.spans[level]) <= boundary {
                try chunks.remove(level, start)
            }
        }
        // Tiles of higher levels may still sum up what is gone.
        guard try chunks.starts(of: 1, before: .max).isEmpty else { return }
        header.hasChunks = false
        for level in 0..<levels.count {
            for start in try chunks.starts(of: level, before: .max) { try chunks.remove(level, start) }
        }
    }
}
