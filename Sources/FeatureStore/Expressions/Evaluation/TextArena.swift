/// Memory for the texts that one run of a program makes; taken back all at once, and kept for the next run.
final class TextArena {
    private var blocks: [UnsafeMutableRawBufferPointer] = []
    private var block = 0
    private var used = 0

    /// A longer text is null: what an expression takes in memory has a bound.
    static let maximumTextLength = 1 << 20
    private static let blockLength = 1 << 16

    deinit { for block in blocks { block.deallocate() } }

    /// `count` bytes that are valid until `reset()`.
    func take(_ count: Int) -> UnsafeMutableRawBufferPointer {
        while block < blocks.count, blocks[block].count - used < count {
            block += 1
            used = 0
        }
        if block == blocks.count {
            blocks.append(.allocate(byteCount: max(count, Self.blockLength), alignment: 16))
            used = 0
        }
        defer { used += count }
        return UnsafeMutableRawBufferPointer(rebasing: blocks[block][used..<used + count])
    }

    func copy(_ text: String) -> TextSlice {
        var text = text
        return text.withUTF8 { bytes in
            let target = take(bytes.count)
            target.copyMemory(from: UnsafeRawBufferPointer(bytes))
            return TextSlice(UnsafeRawBufferPointer(target))
        }
    }

    /// Takes all texts back. Of what one run needed beyond a block, the blocks are kept; large ones are not.
    func reset() {
        while let last = blocks.last, last.count > Self.blockLength {
            last.deallocate()
            blocks.removeLast()
        }
        block = 0
        used = 0
    }
}
