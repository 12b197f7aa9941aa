/// The first position in `start..<end` where `isBefore` is false; it is true for a prefix. O(log distance).
@inline(__always)
func gallop(from start: Int, to end: Int, while isBefore: (Int) -> Bool) -> Int {
    var low = start
    var step = 1
    var high = start
    while high < end && isBefore(high) {
        low = high + 1
        high += step
        step *= 2
    }
    high = min(high, end)
    while low < high {
        let middle = (low + high) / 2
        if isBefore(middle) { low = middle + 1 } else { high = middle }
    }
    return low
}
