/// Levels of a page, handed out in batches, so that few bytes that stand for many levels need little memory.
struct LevelStream {
    private let bytes: UnsafeRawBufferPointer
    private let maximum: UInt32
    private let bitWidth: Int
    /// Nil for the deprecated BIT_PACKED.
    private var runs: RunLengthDecoder?
    private var run: RunLengthDecoder.Run?
    /// Levels handed out: of the run, or of all if there are no runs.
    private var taken = 0

    /// Levels of a batch, at most.
    static let batch = 4096

    /// - Parameters:
    ///   - bytes: `ChunkPages.readablePadding` bytes can be read behind them; BIT_PACKED ones hold `count` levels.
    ///   - count: levels of the page.
    init(_ bytes: UnsafeRawBufferPointer, encoding: PageEncoding, maximum: Int, count: Int) throws(DataError) {
        self.bytes = bytes
        self.maximum = UInt32(maximum)
        bitWidth = LevelDecoder.bitWidth(maximum: maximum)
        runs = encoding == .bitPacked ? nil : try RunLengthDecoder(bytes, bitWidth: bitWidth, count: count)
    }

    /// Writes the next levels to `output`; returns the one that all of them are, if they are of one run.
    /// - Precondition: that many levels remain.
    mutating func next(_ count: Int, to output: UnsafeMutablePointer<UInt32>) throws(DataError) -> UInt32? {
        var filled = 0
        var onlyValue: UInt32?
        while filled < count {
            guard runs != nil else {
                unpackBigEndian(count, to: output)
                break
            }
            if run == nil {
                run = try runs?.next()
                taken = 0
            }
            let size: Int
            switch run {
            case .repeated(let value, let length):
                size = min(count - filled, length - taken)
                if size == count { onlyValue = value }
                (output + filled).update(repeating: value, count: size)
                if taken + size == length { run = nil }
            case .packed(let start, let length):
                size = min(count - filled, length - taken)
                runs?.unpack(start: start, first: taken, count: size, to: output + filled)
                if taken + size == length { run = nil }
            case nil: throw LevelDecoder.isDamaged
            }
            filled += size
            taken += size
        }
        var greatest: UInt32 = 0
        for i in 0..<count { greatest = max(greatest, output[i]) }
        guard greatest <= maximum else { throw LevelDecoder.isDamaged }
        return onlyValue
    }

    private mutating func unpackBigEndian(_ count: Int, to output: UnsafeMutablePointer<UInt32>) {
        for i in 0..<count {
            var level: UInt32 = 0
            for bit in (taken + i) * bitWidth..<(taken + i + 1) * bitWidth {
                level = level << 1 | UInt32(bytes[bit >> 3] >> UInt8(7 - bit & 7) & 1)
            }
            output[i] = level
        }
        taken += count
    }
}
