/// About how many different values there are, in a few kilobytes, however many they are; exact while they are few.
///
/// HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) over hashes of 64 bits (Heule, Nunkesser, Hall 2013), with the
/// estimator of Ertl 2017 ("New cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284, algorithm
/// 6), which needs no table of empirical biases for small counts. Up to `exactLimit` different hashes are kept as they
/// are. The standard error is 1.04 / sqrt(2^precision): 1.6 % for the default precision of 12, in 3 kB.
///
/// It does not depend on the order or grouping of what was added; nothing can be taken away.
struct HyperLogLog: Hashable, Sendable {
    /// 2^precision registers.
    let precision: Int
    /// While it is exact: the leading `precision + rankBits` bits of each hash, ascending.
    private var hashes: [UInt64] = []
    /// Else: for each register the greatest rank of a hash, which is one more than the zeros that lead it; 0 for none.
    private var registers: [UInt8] = []

    static let defaultPrecision = 12
    /// So many different hashes are counted exactly.
    static let exactLimit = 256
    /// The bits behind a hash's register that make its rank. With those of the register, 44 bits tell values apart.
    static let rankBits = 32

    init(precision: Int = defaultPrecision) {
        precondition((4...18).contains(precision))
        self.precision = precision
    }

    /// Whether the estimate is a count.
    var isExact: Bool { registers.isEmpty }

    /// 1.04 / sqrt(registers), Flajolet et al. 2007, theorem 1.
    var standardError: Double { isExact ? 0 : 1.04 / Double(1 << precision).squareRoot() }

    /// Adds a value by a good hash of it, such as `StableHash`'s.
    mutating func add(hash: UInt64) {
        if registers.isEmpty {
            addExactly(hash >> UInt64(64 - precision - Self.rankBits))
        } else {
            let register = Int(hash >> UInt64(64 - precision))
            let rank = UInt32(truncatingIfNeeded: hash >> UInt64(32 - precision))
            registers[register] = max(registers[register], Self.rank(of: rank))
        }
    }

    /// Adds all hashes of one register, of which `least` is the least rest behind the register's bits.
    mutating func add(least: UInt32, register: Int) {
        guard !registers.isEmpty else { return addExactly(UInt64(register) << UInt64(Self.rankBits) | UInt64(least)) }
        registers[register] = max(registers[register], Self.rank(of: least))
    }

    /// Gives up counting exactly: for whoever adds by `add(least:register:)`, which says nothing of other hashes.
    mutating func becomeEstimate() {
        guard registers.isEmpty else { return }
        registers = [UInt8](repeating: 0, count: 1 << precision)
        for hash in hashes {
            let register = Int(hash >> UInt64(Self.rankBits))
            registers[register] = max(registers[register], Self.rank(of: UInt32(truncatingIfNeeded: hash)))
        }
        hashes = []
    }

    private mutating func addExactly(_ hash: UInt64) {
        var (low, high) = (0, hashes.count)
        while low < high {
            let middle = (low + high) / 2
            if hashes[middle] < hash { low = middle + 1 } else { high = middle }
        }
        if low < hashes.count, hashes[low] == hash { return }
        hashes.insert(hash, at: low)
        if hashes.count > Self.exactLimit { becomeEstimate() }
    }

    @inline(__always)
    private static func rank(of rest: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: rest.leadingZeroBitCount + 1) }

    /// The estimated number of different values.
    var estimate: Double {
        guard !registers.isEmpty else { return Double(hashes.count) }
        var counts = [Double](repeating: 0, count: Self.greatestRank + 1)
        for rank in registers { counts[Int(rank)] += 1 }
        return Self.estimate(ofRanks: counts)
    }

    static let greatestRank = rankBits + 1

    /// The estimate from how many registers have each rank, 0 to `greatestRank`.
    static func estimate(ofRanks counts: [Double]) -> Double {
        let m = counts.reduce(0, +)
        var z = m * tau(1 - counts[greatestRank] / m)
        for rank in (1..<greatestRank).reversed() { z = 0.5 * (z + counts[rank]) }
        z += m * sigma(counts[0] / m)
        return alpha * m * m / z
    }

    /// 1 / (2 ln 2).
    private static let alpha = 0.721_347_520_444_481_7

    /// x + sum of 2^(k-1) x^(2^k) over k from 1 (Ertl 2017, algorithm 6).
    private static func sigma(_ x: Double) -> Double {
        guard x < 1 else { return .infinity }
        var (power, factor, sum, before) = (x, 1.0, x, -1.0)
        while sum != before {
            power *= power
            before = sum
            sum += power * factor
            factor += factor
        }
        return sum
    }

    /// (1 - x - sum of 2^-k (1 - x^(2^-k))^2 over k from 1) / 3 (Ertl 2017, algorithm 6).
    private static func tau(_ x: Double) -> Double {
        guard x > 0, x < 1 else { return 0 }
        var (root, factor, sum, before) = (x, 1.0, 1 - x, -1.0)
        while sum != before {
            root = root.squareRoot()
            before = sum
            factor *= 0.5
            sum -= (1 - root) * (1 - root) * factor
        }
        return sum / 3
    }
}

extension HyperLogLog: Sketch {
    /// - Precondition: both have the same precision.
    mutating func merge(_ other: HyperLogLog) {
        precondition(precision == other.precision)
        if other.registers.isEmpty {
            for hash in other.hashes {
                if registers.isEmpty {
                    addExactly(hash)
                } else {
                    add(least: UInt32(truncatingIfNeeded: hash), register: Int(hash >> UInt64(Self.rankBits)))
                }
            }
            return
        }
        becomeEstimate()
        for i in registers.indices { registers[i] = max(registers[i], other.registers[i]) }
    }

    /// Hashes as their distances, or registers in 6 bits each.
    func write(to writer: inout SketchWriter) {
        writer.write(byte: Self.version)
        writer.write(byte: UInt8(precision))
        writer.write(byte: isExact ? 0 : 1)
        guard isExact else {
            for group in stride(from: 0, to: registers.count, by: 4) {
                let word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(registers[group + $1]) << UInt32(6 * $1) }
                for shift in stride(from: 0, to: 24, by: 8) {
                    writer.write(byte: UInt8(truncatingIfNeeded: word >> UInt32(shift)))
                }
            }
            return
        }
        writer.write(UInt64(hashes.count))
        var previous: UInt64 = 0
        for hash in hashes {
            writer.write(hash - previous)
            previous = hash
        }
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        try reader.readVersion(Self.version, of: "distinct count")
        precision = Int(try reader.readByte())
        guard (4...18).contains(precision) else { throw SketchError("its precision is out of range") }
        if try reader.readByte() == 0 {
            var hash: UInt64 = 0
            for i in 0..<(try reader.readCount(atMost: Int64(Self.exactLimit))) {
                let distance = try reader.read()
                guard i == 0 || distance > 0, distance < 1 << UInt64(precision + Self.rankBits) - hash else {
                    throw SketchError("its hashes are out of order")
                }
                hash += distance
                hashes.append(hash)
            }
            return
        }
        registers.reserveCapacity(1 << precision)
        for _ in 0..<(1 << precision) / 4 {
            var word: UInt32 = 0
            for shift in stride(from: 0, to: 24, by: 8) { word |= UInt32(try reader.readByte()) << UInt32(shift) }
            for part in 0..<4 {
                let rank = UInt8(word >> UInt32(6 * part) & 63)
                guard rank <= UInt8(Self.rankBits + 1) else { throw SketchError("a register is out of range") }
                registers.append(rank)
            }
        }
    }

    private static let version: UInt8 = 1
}
