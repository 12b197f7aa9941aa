/// An accumulator as bytes; what stands there follows from its layout:
///
///     LEB128   count; nothing follows where it is 0
///     …        the sum: of integers LEB128 of 128 bits, sign last; of floats packed (`ExactSum`)
///     …        the sum of squares, packed
///     …        least and greatest: 8 bytes of a word, or a run of bytes
///     Int64    the time of the last event
///     …        first and last values: how many, then each one's place and value
///     …        the distinct count and the quantile sketch, a run of bytes each
///
/// The same events give the same bytes.
extension Accumulator {
    /// The longest value that is believed.
    private static let maximumLength = 1 << 26

    func encoded() -> [UInt8] {
        var writer = SketchWriter()
        write(to: &writer)
        return writer.bytes
    }

    func write(to writer: inout SketchWriter) {
        writer.write(UInt64(count))
        guard count != 0 else { return }
        let parts = layout.parts
        guard layout.type != nil else {
            if parts.contains(.lastTime) { writer.write(longWord: UInt64(bitPattern: lastTime)) }
            return
        }
        if parts.contains(.sum) {
            if layout.isFloat { sum.write(packedTo: &writer) } else { writer.write(wide: wholeSum) }
        }
        if parts.contains(.squares) { squares.write(packedTo: &writer) }
        if parts.contains(.minimum) { writer.write(minimum) }
        if parts.contains(.maximum) { writer.write(maximum) }
        if parts.contains(.lastTime) { writer.write(longWord: UInt64(bitPattern: lastTime)) }
        if parts.firstCount > 0 { writer.write(firsts) }
        if parts.lastCount > 0 { writer.write(lasts) }
        if parts.contains(.distinct) { writer.write(run: distinct) }
        if parts.contains(.sketch) { writer.write(run: sketch) }
    }

    /// - Throws: `SketchError` where the bytes are no accumulator of this layout.
    init(_ layout: AccumulatorLayout, reading reader: inout PackedReader) throws(SketchError) {
        self.init(layout)
        try merge(reading: &reader)
    }

    /// Takes in an accumulator of the same layout from where its bytes lie.
    ///
    /// - Throws: `SketchError` where they are none; what is here is of no use then.
    mutating func merge(reading reader: inout PackedReader) throws(SketchError) {
        let added = try reader.readCount()
        guard added > 0 else { return }
        let parts = layout.parts
        guard layout.type != nil else {
            count += added
            if parts.contains(.lastTime) { lastTime = max(lastTime, Int64(bitPattern: try reader.readLongWord())) }
            return
        }
        let wasEmpty = count == 0
        count += added
        if parts.contains(.sum) {
            if layout.isFloat { try sum.merge(packed: &reader) } else { wholeSum &+= try reader.readWide() }
        }
        if parts.contains(.squares) { try squares.merge(packed: &reader) }
        if parts.contains(.minimum) {
            let other = try reader.readScalar(layout, Self.maximumLength)
            if wasEmpty || other < minimum { minimum = other }
        }
        if parts.contains(.maximum) {
            let other = try reader.readScalar(layout, Self.maximumLength)
            if wasEmpty || other > maximum { maximum = other }
        }
        if parts.contains(.lastTime) { lastTime = max(lastTime, Int64(bitPattern: try reader.readLongWord())) }
        if parts.firstCount > 0 {
            for _ in 0..<(try reader.readCount(atMost: Int64(parts.firstCount))) {
                insertFirst(try reader.readPlacedScalar(layout, Self.maximumLength))
            }
        }
        if parts.lastCount > 0 {
            for _ in 0..<(try reader.readCount(atMost: Int64(parts.lastCount))) {
                insertLast(try reader.readPlacedScalar(layout, Self.maximumLength))
            }
        }
        if parts.contains(.distinct) {
            let other: HyperLogLog = try reader.readSketch(Self.maximumLength)
            guard other.precision == distinct.precision else { throw SketchError("its precision is another") }
            distinct.merge(other)
        }
        if parts.contains(.sketch) { sketch.merge(try reader.readSketch(Self.maximumLength)) }
    }

    /// Makes it one of no events, and keeps its memory.
    mutating func reset() {
        count = 0
        wholeSum = 0
        sum.reset()
        squares.reset()
        lastTime = .min
        firsts.removeAll(keepingCapacity: true)
        lasts.removeAll(keepingCapacity: true)
        if layout.parts.contains(.distinct) { distinct = HyperLogLog() }
        if layout.parts.contains(.sketch) { sketch = QuantileSketch() }
    }
}

extension SketchWriter {
    fileprivate mutating func write(wide number: Int128) {
        var rest = UInt128(bitPattern: number << 1 ^ number >> 127)
        while rest >= 0x80 {
            write(byte: UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        write(byte: UInt8(rest))
    }

    mutating func write(_ scalar: AggregateScalar) {
        switch scalar {
        case .word(let word): write(longWord: word)
        case .bytes(let bytes): write(bytes)
        }
    }

    mutating func write(_ place: EventPlace) {
        write(longWord: UInt64(bitPattern: place.time))
        write(longWord: UInt64(bitPattern: place.created))
        write(signed: place.sequence)
        write(signed: place.ordinal)
    }

    fileprivate mutating func write(_ entries: [PlacedScalar]) {
        write(UInt64(entries.count))
        for entry in entries {
            write(entry.place)
            write(entry.scalar)
        }
    }

    fileprivate mutating func write(run sketch: some Sketch) {
        var writer = SketchWriter()
        sketch.write(to: &writer)
        write(writer.bytes)
    }
}

extension PackedReader {
    @inline(__always)
    fileprivate mutating func readWide() throws(SketchError) -> Int128 {
        let byte = try readByte()
        var number = UInt128(byte & 0x7f)
        if byte >= 0x80 {
            var shift: UInt128 = 7
            while true {
                let byte = try readByte()
                guard shift < 126 || shift == 126 && byte < 4 else {
                    throw SketchError("it holds a number that is too large")
                }
                number |= UInt128(byte & 0x7f) << shift
                if byte < 0x80 { break }
                shift += 7
            }
        }
        return Int128(bitPattern: number >> 1) ^ -Int128(bitPattern: number & 1)
    }

    @inline(__always)
    mutating func readScalar(_ layout: AccumulatorLayout, _ limit: Int) throws(SketchError) -> AggregateScalar {
        if layout.isOfWords { return .word(try readLongWord()) }
        let bytes = try readRun(atMost: limit)
        if case .vector(let count) = layout.type, bytes.count != 4 * count {
            throw SketchError("it holds a vector of another length")
        }
        return .bytes(Array(bytes))
    }

    mutating func readPlace() throws(SketchError) -> EventPlace {
        let time = Int64(bitPattern: try readLongWord())
        let created = Int64(bitPattern: try readLongWord())
        let sequence = try readSigned()
        return EventPlace(time: time, created: created, sequence: sequence, ordinal: try readSigned())
    }

    fileprivate mutating func readPlacedScalar(
        _ layout: AccumulatorLayout, _ limit: Int
    ) throws(SketchError) -> PlacedScalar {
        let place = try readPlace()
        return PlacedScalar(place: place, scalar: try readScalar(layout, limit))
    }

    fileprivate mutating func readSketch<S: Sketch>(_ limit: Int) throws(SketchError) -> S {
        var reader = SketchReader(Array(try readRun(atMost: limit)))
        let sketch = try S(reading: &reader)
        guard reader.isAtEnd else { throw SketchError("bytes follow its end") }
        return sketch
    }
}
