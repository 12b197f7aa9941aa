/// A C array of pointers to zeroed structures, the form in which the Arrow C data interface holds children.
///
/// Invariant: the structures and the array live until `deallocate()`, which the owner calls once.
struct CArrayOfPointers<Structure>: Sequence {
    let count: Int
    private let structures: UnsafeMutablePointer<Structure>?
    /// The array itself; nil when it is empty.
    let base: UnsafeMutablePointer<UnsafeMutablePointer<Structure>?>?

    init(count: Int) {
        self.count = count
        guard count > 0 else {
            structures = nil
            base = nil
            return
        }
        let structures = UnsafeMutablePointer<Structure>.allocate(capacity: count)
        UnsafeMutableRawPointer(structures).initializeMemory(
            as: UInt8.self, repeating: 0, count: count * MemoryLayout<Structure>.stride)
        let base = UnsafeMutablePointer<UnsafeMutablePointer<Structure>?>.allocate(capacity: count)
        for i in 0..<count { (base + i).initialize(to: structures + i) }
        self.structures = structures
        self.base = base
    }

    subscript(index: Int) -> UnsafeMutablePointer<Structure> {
        guard let structures, index >= 0, index < count else { preconditionFailure("there is no child \(index)") }
        return structures + index
    }

    /// The structures in order, whatever the consumer has made of `base` meanwhile.
    func makeIterator() -> some IteratorProtocol<UnsafeMutablePointer<Structure>> {
        (0..<count).lazy.map { self[$0] }.makeIterator()
    }

    func deallocate() {
        structures?.deallocate()
        base?.deallocate()
    }
}
