/// The texts that stand for a null.
struct CSVNullTexts {
    private let includesEmpty: Bool
    private let others: [[UInt8]]

    init(_ texts: Set<String>) {
        includesEmpty = texts.contains("")
        others = texts.filter { !$0.isEmpty }.map { Array($0.utf8) }
    }

    @inline(__always)
    func contains(_ text: UnsafeRawBufferPointer) -> Bool {
        if text.isEmpty { return includesEmpty }
        return !others.isEmpty && others.contains { $0.elementsEqual(text) }
    }
}
