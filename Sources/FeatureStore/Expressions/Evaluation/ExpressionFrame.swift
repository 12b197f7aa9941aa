import Columnar

/// The registers of one run of a program: `capacity` rows of each, in memory taken once.
///
/// A frame belongs to one thread at a time. Invariants: a register has 8 bytes a row (texts 16); a text's slice and a
/// vector's pointer are readable also where the row is null; `valid` is read only where `hasNulls` says so.
final class ExpressionFrame {
    let program: ExpressionProgram
    let capacity: Int
    /// Rows of the present run.
    private(set) var count = 0
    let arena = TextArena()

    private let memory: UnsafeMutableRawPointer
    /// A register's own memory.
    private let own: UnsafeMutablePointer<UnsafeMutableRawPointer>
    /// Where a register's values lie at present: in its own memory, or in a column.
    private let places: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private let validBytes: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>>
    let hasNulls: UnsafeMutablePointer<Bool>

    /// - Parameter capacity: rows of a run, at most.
    init(_ program: ExpressionProgram, capacity: Int) {
        self.program = program
        self.capacity = capacity
        let registers = program.types.count
        own = .allocate(capacity: registers)
        places = .allocate(capacity: registers)
        validBytes = .allocate(capacity: registers)
        hasNulls = .allocate(capacity: registers)
        hasNulls.initialize(repeating: false, count: registers)
        // Room for the longest vector of zeros, behind all registers: what a null vector points at.
        let zeros = program.types.map { if case .vector(let count) = $0 { count } else { 0 } }.max() ?? 0
        let width = program.types.reduce(0) { $0 + ($1.isText ? 17 : 9) * capacity + 64 }
        memory = .allocate(byteCount: width + zeros * 4 + 64, alignment: 64)
        var next = memory
        for (register, type) in program.types.enumerated() {
            own[register] = next
            places[register] = next
            next += (type.isText ? 16 : 8) * capacity
            validBytes[register] = next.bindMemory(to: UInt8.self, capacity: capacity)
            next = (next + capacity).alignedUp(toMultipleOf: 32)
        }
        next.initializeMemory(as: UInt8.self, repeating: 0, count: zeros * 4)
        for (register, type) in program.types.enumerated() {
            if type.isText {
                values(register, TextSlice.self).initialize(repeating: .empty, count: capacity)
            } else if case .vector = type {
                values(register, UnsafeRawPointer.self).initialize(repeating: UnsafeRawPointer(next), count: capacity)
            } else {
                values(register, Int64.self).initialize(repeating: 0, count: capacity)
            }
            validBytes[register].initialize(repeating: 1, count: capacity)
        }
        for (register, value) in program.constants { setConstant(value, register) }
    }

    deinit {
        memory.deallocate()
        own.deallocate()
        places.deallocate()
        validBytes.deallocate()
        hasNulls.deallocate()
    }

    private func setConstant(_ value: ExpressionConstant, _ register: Int) {
        switch value {
        case .null:
            hasNulls[register] = true
            validBytes[register].update(repeating: 0, count: capacity)
        case .bool(let value): values(register, Int64.self).update(repeating: value ? 1 : 0, count: capacity)
        case .integer(let value): values(register, Int64.self).update(repeating: value, count: capacity)
        case .float(let value): values(register, Double.self).update(repeating: value, count: capacity)
        case .timestamp(let time): values(register, Int64.self).update(repeating: time.microseconds, count: capacity)
        case .duration(let span): values(register, Int64.self).update(repeating: span.microseconds, count: capacity)
        case .string(let text):
            let slice = constants.copy(text)
            values(register, TextSlice.self).update(repeating: slice, count: capacity)
        }
    }

    /// The texts of constants.
    private let constants = TextArena()

    @inline(__always)
    func values<T>(_ register: Int, _ type: T.Type) -> UnsafeMutablePointer<T> {
        places[register].assumingMemoryBound(to: T.self)
    }

    @inline(__always)
    func valid(_ register: Int) -> UnsafeMutablePointer<UInt8> { validBytes[register] }

    @inline(__always)
    func isNull(_ register: Int, row: Int) -> Bool { hasNulls[register] && validBytes[register][row] == 0 }

    /// Lets an input's values be those at `place`, which have the register's own layout.
    func lend(_ place: UnsafeRawPointer, to register: Int) {
        places[register] = UnsafeMutableRawPointer(mutating: place)
    }

    /// An input's own memory, to be filled.
    func fill<T>(_ register: Int, _ type: T.Type) -> UnsafeMutablePointer<T> {
        places[register] = own[register]
        return own[register].assumingMemoryBound(to: T.self)
    }

    /// Begins a run of `count` rows, whose inputs are set next.
    func begin(count: Int) {
        precondition(count <= capacity)
        self.count = count
        arena.reset()
    }

    /// Computes the result from the inputs.
    func run() { for step in program.steps { perform(step) } }
}
