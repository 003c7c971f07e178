//! A wheel in a game loop: a tick is a frame, and spells wear off, are renewed and are dispelled.
//!
//! ```text
//! cargo run -p asyncio-timer --example game
//! ```

use asyncio_timer::Wheel;

const FRAMES_PER_SECOND: u64 = 60;

fn main() {
    let mut spells = Wheel::new(0);
    let shield = spells.insert(2 * FRAMES_PER_SECOND, "shield");
    let haste = spells.insert(3 * FRAMES_PER_SECOND, "haste");
    spells.insert(3 * FRAMES_PER_SECOND, "glow");

    for frame in 0..5 * FRAMES_PER_SECOND {
        if frame == FRAMES_PER_SECOND {
            spells.reset(shield, 4 * FRAMES_PER_SECOND);
            println!("frame {frame:3}: the shield is renewed");
        }
        if frame == 2 * FRAMES_PER_SECOND && spells.remove(haste).is_some() {
            println!("frame {frame:3}: haste is dispelled");
        }
        while let Some((_, spell)) = spells.pop_expired(frame) {
            println!("frame {frame:3}: {spell} wears off");
        }
    }
    assert!(spells.is_empty());
}
